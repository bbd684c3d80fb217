# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154
# pyproject.nix and uv2nix: a link to the wheel in dist/, installed by uv; no
# dependency is an input.
pyprojectWheelDist() {
  mkdir -p dist
  ln -s "$src" "dist/$(stripHash "$src")"
}
pyprojectInstallPhase() {
  local wheel
  runHook preInstall
  for wheel in dist/*.whl; do
    UV_NO_INSTALLER_METADATA=1 UV_NO_CONFIG=1 @uv@/bin/uv pip --offline --no-cache install --no-deps \
      --link-mode=copy --python=@pythonInterpreter@ --system --prefix "$out" "$wheel"
  done
  rm -f "$out/.lock"
  runHook postInstall
}
dontUnpack=1 buildPhase=pyprojectWheelDist installPhase=pyprojectInstallPhase
