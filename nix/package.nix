# The program. vendor-hash is kept true by update-vendor-hash, a part of the tests.
{
  lib,
  buildGoModule,
  installShellFiles,
  stdenv,
  version ? "0.1.0",
  maintainers ? [ ],
}:
let
  # go.mod, go.sum and these folders whole, but for what `unwanted` says.
  sources =
    folders: unwanted:
    lib.cleanSourceWith {
      name = "wheel-auto-patch-source";
      src = ../.;
      filter =
        path: _:
        let
          rel = lib.removePrefix (toString ../. + "/") (toString path);
          top = builtins.head (lib.splitString "/" rel);
        in
        rel == "go.mod" || rel == "go.sum" || builtins.elem top folders && !unwanted rel;
    };
in
buildGoModule {
  pname = "wheel-auto-patch";
  inherit version;

  # What the program is made of, so that an edit of a page or a test does not
  # rebuild every wheel.
  src = sources [ "cmd" "internal" ] (
    rel: lib.hasSuffix "_test.go" rel || baseNameOf rel == "testdata"
  );

  # The tests' modules are among them: the flake's checks share this hash.
  overrideModAttrs = _: { src = sources [ "cmd" "internal" "tests" ] (_: false); };
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

  # The program prints its own completions and manual page, where it can run here.
  postInstall = lib.optionalString (stdenv.buildPlatform.canExecute stdenv.hostPlatform) ''
    program=$out/bin/wheel-auto-patch
    installShellCompletion --cmd wheel-auto-patch \
      --bash <($program completion bash) \
      --zsh <($program completion zsh) \
      --fish <($program completion fish)
    $program man >wheel-auto-patch.1
    installManPage wheel-auto-patch.1
  '';

  meta = {
    description = "Make binary Python wheels work in Nix: verify RECORD, set interpreters and RUNPATHs, prove it with the loader";
    homepage = "https://github.com/wheel-auto-patch/wheel-auto-patch";
    license = lib.licenses.mit;
    inherit maintainers;
    mainProgram = "wheel-auto-patch";
    platforms = lib.platforms.linux ++ lib.platforms.darwin;
  };
}
