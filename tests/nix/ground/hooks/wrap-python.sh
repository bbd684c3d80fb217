# shellcheck shell=bash
# shellcheck disable=SC2015,SC2048,SC2154
# Programs written in Python start with their dependencies on sys.path.
wrapPythonPrograms() {
  local program
  for program in "$out"/bin/*; do
    [[ -f $program ]] && isScript "$program" && head -n1 "$program" | grep -q python || continue
    mv "$program" "${program%/*}/.${program##*/}-wrapped"
    printf '#!%s\nexport PYTHONPATH=%q\nexec %q "$@"\n' "$SHELL" \
      "$out/@pythonSitePackages@:${PYTHONPATH-}" "${program%/*}/.${program##*/}-wrapped" >"$program"
    chmod +x "$program"
  done
}
