# shellcheck shell=bash
# Nixpkgs' autoAddDriverRunpath: the driver's folder in front of each RUNPATH.
autoAddDriverRunpath() {
  local output file
  for output in $(getAllOutputNames); do
    [[ -e ${!output} ]] || continue
    find "${!output}" -name '*.so' | sort | while read -r file; do
      patchelf --set-rpath "/run/opengl-driver/lib:$(patchelf --print-rpath "$file")" "$file"
    done
  done
  echo "autoAddDriverRunpath ran"
}
postFixupHooks+=(autoAddDriverRunpath)
