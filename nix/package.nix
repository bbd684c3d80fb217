# The program. vendorHash is kept true by tests/nix/vendor-hash.
{
  lib,
  buildGoModule,
  installShellFiles,
  version ? "0.1.0",
}:
buildGoModule {
  pname = "wheel-auto-patch";
  inherit version;

  # What the program is made of, so that an edit of a page or a test does not
  # rebuild every wheel.
  src = lib.cleanSourceWith {
    name = "wheel-auto-patch-source";
    src = ../.;
    filter =
      path: type:
      let
        rel = lib.removePrefix (toString ../. + "/") (toString path);
      in
      builtins.elem rel [
        "go.mod"
        "go.sum"
        "cmd"
        "internal"
      ]
      || (
        (lib.hasPrefix "cmd/" rel || lib.hasPrefix "internal/" rel)
        && !lib.hasSuffix "_test.go" rel
        && baseNameOf rel != "testdata"
      );
  };

  vendorHash = lib.fileContents ./vendor-hash;

  env.CGO_ENABLED = 0;
  ldflags = [
    "-s"
    "-w"
    "-X main.version=${version}"
  ];
  subPackages = [ "cmd/wheel-auto-patch" ];
  doCheck = false; # the tests lie outside src; `nix flake check` runs them

  nativeBuildInputs = [ installShellFiles ];

  meta = {
    description = "Make binary Python wheels work in Nix: verify RECORD, set interpreters and run paths, prove it with the loader";
    homepage = "https://github.com/wheel-auto-patch/wheel-auto-patch";
    license = lib.licenses.mit;
    mainProgram = "wheel-auto-patch";
    platforms = lib.platforms.linux ++ lib.platforms.darwin;
  };
}
