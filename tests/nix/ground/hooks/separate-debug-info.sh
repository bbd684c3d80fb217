# shellcheck shell=bash
# shellcheck disable=SC2154 # variables of stdenv
# What separateDebugInfo adds to a derivation of Nixpkgs: of each object with a build ID
# its debug information, in the output debug.
_separateDebugInfo() {
  local file id
  [[ -e $prefix && $prefix != "$debug" ]] || return 0
  find "$prefix" -type f -print0 | sort -z | while IFS= read -r -d '' file; do
    if ! isELF "$file"; then continue; fi
    id=$(readelf -n "$file" | sed -n 's/.*Build ID: //p')
    [[ -n $id ]] || continue
    mkdir -p "$debug/lib/debug/.build-id/${id:0:2}"
    objcopy --only-keep-debug "$file" "$debug/lib/debug/.build-id/${id:0:2}/${id:2}.debug"
  done
}
fixupOutputHooks+=(_separateDebugInfo)
