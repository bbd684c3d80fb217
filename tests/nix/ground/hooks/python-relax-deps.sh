# shellcheck shell=bash
# shellcheck disable=SC2015,SC2048,SC2154
# Edit Requires-Dist in each wheel and pack it anew, RECORD too.
pythonRelaxDepsHook() {
  local wheel dep
  export PYTHONPATH="@buildTools@/@pythonSitePackages@:${PYTHONPATH-}"
  for wheel in dist/*.whl; do
    @pythonInterpreter@ -m wheel unpack --dest unpacked "$wheel"
    rm "$wheel"
    for dep in ${pythonRelaxDeps[*]}; do
      sed -i -E "s/^(Requires-Dist: $dep)[^;]*/\1/" unpacked/*/*.dist-info/METADATA
    done
    @pythonInterpreter@ -m wheel pack --dest-dir dist unpacked/*
    rm -r unpacked
  done
}
postBuild+=" pythonRelaxDepsHook"
