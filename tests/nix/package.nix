# The program's own package: what nix/package.nix installs beside the program.
self:
let
  inherit (self) pkgs;
  drv = pkgs.wheel-auto-patch;
in
{
  # Pages of man are compressed on a real Nixpkgs.
  package-completions-and-man = pkgs.runCommand "package-completions-and-man" { } ''
    cd ${drv}/share
    bash -c 'source bash-completion/completions/wheel-auto-patch.bash; complete -p wheel-auto-patch'
    grep -x '#compdef wheel-auto-patch' zsh/site-functions/_wheel-auto-patch
    grep 'complete .*-c wheel-auto-patch' fish/vendor_completions.d/wheel-auto-patch.fish >/dev/null
    for command in verify patch check explain reference; do
      gzip -cdf man/man1/wheel-auto-patch.1* | grep -F ".SS $command "
    done
    touch $out
  '';
}
