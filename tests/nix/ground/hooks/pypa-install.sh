# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154
# pypa installer puts each wheel of dist/ under $out.
pypaInstallPhase() {
  runHook preInstall
  local wheel
  for wheel in dist/*.whl; do
    PYTHONPATH="@buildTools@/@pythonSitePackages@:${PYTHONPATH-}" @pythonInterpreter@ -m installer --prefix "$out" "$wheel"
  done
  export PYTHONPATH="$out/@pythonSitePackages@:${PYTHONPATH-}"
  runHook postInstall
}
[[ -n ${installPhase-} ]] || installPhase=pypaInstallPhase
