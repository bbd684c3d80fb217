# shellcheck shell=bash
# shellcheck disable=SC2154
# Nixpkgs' installShellFiles: completions of one command, given as files or pipes,
# and manual pages, to where shells and man look.
installShellCompletion() {
  local name=
  while [[ $# -gt 1 ]]; do
    case $1 in
    --cmd) name=$2 ;;
    --bash) _installFile "$2" "share/bash-completion/completions/$name.bash" ;;
    --zsh) _installFile "$2" "share/zsh/site-functions/_$name" ;;
    --fish) _installFile "$2" "share/fish/vendor_completions.d/$name.fish" ;;
    *) return 1 ;;
    esac
    shift 2
  done
}

installManPage() {
  local page
  for page in "$@"; do _installFile "$page" "share/man/man${page##*.}/${page##*/}"; done
}

_installFile() {
  mkdir -p "$out/${2%/*}"
  cat "$1" >"$out/$2"
}
