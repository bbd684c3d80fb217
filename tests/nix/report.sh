# shellcheck shell=bash
# shellcheck disable=SC2154 # variables of env.sh
# Build what is named, and report each.

passed=0 failed=0 verbose=
log=$cache/tests.log

report() { # report STATUS NAME
  if [[ $1 == 0 ]]; then
    passed=$((passed + 1))
    printf 'ok    %s\n' "$2"
  else
    failed=$((failed + 1))
    printf 'FAIL  %s\n' "$2"
  fi
}

# wanted NAME PATTERN…: one of the patterns fits, or there is none.
wanted() {
  local pattern
  [[ $# -gt 1 ]] || return 0
  for pattern in "${@:2}"; do
    # shellcheck disable=SC2053
    [[ $1 != $pattern ]] || return 0
  done
  return 1
}

# builds LIST PATTERN…: of the lines "NAME DRV OUT" those that are wanted, all in one go;
# then which of the results are there.
builds() {
  local name drv out
  local -A drvs=() outs=()
  while read -r name drv out; do
    if [[ -n $name ]] && wanted "$name" "${@:2}"; then drvs[$name]=$drv outs[$name]=$out; fi
  done <<<"$1"
  [[ ${#drvs[@]} -gt 0 ]] || return 0

  if [[ -n $verbose ]]; then
    in_store nix-store --realise --keep-going "${drvs[@]}" 2>&1 >/dev/null | tee "$log" || true
  else
    in_store nix-store --realise --keep-going "${drvs[@]}" >/dev/null 2>"$log" || true
  fi
  for name in $(printf '%s\n' "${!outs[@]}" | sort); do
    if in_store nix-store --check-validity "${outs[$name]}" 2>/dev/null; then
      report 0 "$name"
    else
      report 1 "$name"
      why "${drvs[$name]}"
    fi
  done
}

# why DRV: the end of the log of the build that failed, its own or an input's.
why() {
  local drv
  for drv in $(in_store nix-store --query --requisites "$1" | grep '\.drv$'); do
    if grep -aqF "error: builder for '$drv'" "$log"; then
      grep -aF "error: builder for '$drv'" "$log" | sed 's/^/      /'
      in_store nix-store --read-log "$drv" 2>/dev/null | tail -n 25 | sed 's/^/      | /'
    fi
  done
  grep -aE "^error:.*(hash mismatch|does not exist)" "$log" | sed 's/^/      /' || true
}
