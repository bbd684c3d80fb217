# The program. vendor-hash is kept true by update-vendor-hash, a part of the tests. In
# pkgs/by-name of Nixpkgs this file, hook.nix, tests.nix and vendor-hash stand as they
# are, but for `src`.
{
  lib,
  buildGoModule,
  callPackage,
  installShellFiles,
  stdenv,
  versionCheckHook ? null,
  nix-update-script ? null,
  maintainers ? [ ],
}:
buildGoModule (finalAttrs: {
  pname = "wheel-auto-patch";
  version = "0.1.0";

  # What the program is made of, and the hook's script, so that an edit of a page or a test
  # does not rebuild every wheel. Its modules are those of all Go code, the tests' too.
  src =
    let
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
    sources [ "cmd" "internal" "hook" ] (
      rel: lib.hasSuffix "_test.go" rel || baseNameOf rel == "testdata"
    )
    // {
      modules = sources [ "cmd" "internal" "tests" ] (_: false);
    };

  overrideModAttrs = _: { src = finalAttrs.src.modules or finalAttrs.src; };
  vendorHash = lib.fileContents ./vendor-hash;

  env.CGO_ENABLED = 0;
  ldflags = [
    "-s"
    "-w"
    "-X main.version=${finalAttrs.version}"
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

  doInstallCheck = stdenv.buildPlatform.canExecute stdenv.hostPlatform;
  nativeInstallCheckInputs = lib.optional (versionCheckHook != null) versionCheckHook;

  passthru = {
    tests = (callPackage ./hook.nix { wheel-auto-patch = finalAttrs.finalPackage; }).tests;
  }
  // lib.optionalAttrs (lib.isFunction nix-update-script) { updateScript = nix-update-script { }; };

  meta = {
    description = "Make binary Python wheels work in Nix: verify RECORD, set interpreters and RUNPATHs, prove it with the loader";
    homepage = "https://github.com/wheel-auto-patch/wheel-auto-patch";
    license = lib.licenses.mit;
    inherit maintainers;
    mainProgram = "wheel-auto-patch";
    platforms = lib.platforms.linux ++ lib.platforms.darwin;
  };
})
