# Look into the wheel first: `nix run github:wheel-auto-patch/wheel-auto-patch -- explain FILE.whl`
{
  buildPythonPackage,
  fetchPypi,
  wheelAutoPatchHook,
}:
buildPythonPackage (finalAttrs: {
  pname = "ruff";
  version = "0.17.6";
  format = "wheel";

  src = fetchPypi {
    inherit (finalAttrs) pname version;
    format = "wheel";
    dist = "py3";
    python = "py3";
    platform = "manylinux_2_17_x86_64.manylinux2014_x86_64";
    sha256 = "aa3b08254a732acba246891089a152c47c5733dc36b8ecb76ce8602f8326e5e4";
  };

  nativeBuildInputs = [ wheelAutoPatchHook ];
  # A library that the build reports missing goes here, as its hint says.
  buildInputs = [ ];

  pythonImportsCheck = [ "ruff" ];
})
