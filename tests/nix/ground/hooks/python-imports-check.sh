# shellcheck shell=bash
# shellcheck disable=SC2034,SC2048,SC2086,SC2154
# Import modules from the installed package, after fixup.
pythonImportsCheckPhase() {
  [[ -n ${pythonImportsCheck[*]-} ]] || return 0
  echo "Check whether the following modules can be imported: ${pythonImportsCheck[*]}"
  (cd "$out" && PYTHONPATH="$out/@pythonSitePackages@:${PYTHONPATH-}" @pythonInterpreter@ -c \
    'import importlib, sys; [importlib.import_module(m) for m in sys.argv[1:]]' ${pythonImportsCheck[*]})
}
appendToVar preDistPhases pythonImportsCheckPhase
