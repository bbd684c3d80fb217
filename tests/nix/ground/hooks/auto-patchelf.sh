# shellcheck shell=bash
# Where and under which names Nixpkgs' autoPatchelfHook works; here it edits one
# RUNPATH as that one does, dropping $ORIGIN entries.
autoPatchelfPostFixup() {
  local output file
  [[ -z ${dontAutoPatchelf-} ]] || return 0
  for output in $(getAllOutputNames); do
    [[ -e ${!output} ]] || continue
    find "${!output}" -name '*.so' | sort | while read -r file; do
      patchelf --set-rpath "/nix/store/from-auto-patchelf/lib" "$file"
    done
  done
  echo "autoPatchelf ran"
}
postFixupHooks+=(autoPatchelfPostFixup)
