# shellcheck shell=bash
# shellcheck disable=SC2154 # variables of stdenv
# What Nixpkgs' versionCheckHook does, where it runs: the program says its version.
versionCheckHook() {
  "$out/bin/$pname" --version 2>&1 | tee version-said
  grep -F "$version" version-said
}
preInstallCheckHooks+=(versionCheckHook)
