# passthru.tests of the hook: a wheel of PyPI that works with it, and one that does not
# without the libraries that manylinux promises.
{
  lib,
  stdenv,
  fetchPypi,
  python3Packages,
  testers,
  hook,
  bare, # the hook that hands in nothing
}:
let
  wheel =
    hook:
    python3Packages.buildPythonPackage {
      pname = "bcrypt";
      version = "5.0.0";
      format = "wheel";
      src = fetchPypi {
        pname = "bcrypt";
        version = "5.0.0";
        format = "wheel";
        dist = "cp39";
        python = "cp39";
        abi = "abi3";
        platform = "manylinux_2_28_x86_64";
        hash = "sha256-+EKeHEELQHOUTwO9d4qeBm5/rXI1ZKUv+RhB0njfyCI=";
      };
      nativeBuildInputs = [ hook ];
      pythonImportsCheck = [ "bcrypt" ];
    };
in
lib.optionalAttrs (stdenv.hostPlatform.system == "x86_64-linux") {
  wheel = wheel hook;
  library-not-found = testers.testBuildFailure' {
    drv = wheel bare;
    expectedBuilderLogEntries = [
      "library-not-found: libgcc_s.so.1"
      "hint: buildInputs = [ stdenv.cc.cc.lib ];"
    ];
  };
}
