# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154
# The wheel as it was downloaded goes to dist/.
wheelUnpackPhase() {
  runHook preUnpack
  mkdir -p dist
  cp "$src" "dist/$(stripHash "$src")"
}
[[ -n ${unpackPhase-} ]] || unpackPhase=wheelUnpackPhase
