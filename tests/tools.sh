# shellcheck shell=bash
# The tools that lint and tests run and Debian does not have, each pinned here and
# nowhere else. They are no part of the program, so go.mod does not know them.

gofumpt() { go run mvdan.cc/gofumpt@v0.12.0 "$@"; }
staticcheck() { go run honnef.co/go/tools/cmd/staticcheck@v0.8.2 "$@"; }
gotestsum() { go run gotest.tools/gotestsum@v1.13.0 "$@"; }

# nixfmt (RFC 166) from PATH, as `nix develop` has it; else its port to Rust, built
# once into the cache folder. Status 127 where there is no cargo good for that.
nixfmt() {
  local version=0.5.3 root
  if type -P nixfmt >/dev/null; then
    command nixfmt "$@"
    return
  fi
  root=${WHEEL_AUTO_PATCH_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/wheel-auto-patch}/tools/nixfmt-$version
  if [ ! -x "$root/bin/nixfmt" ]; then
    type -P cargo >/dev/null || return 127
    cargo install --quiet --locked --root "$root" "nixfmt_rs@$version" || return 127
  fi
  "$root/bin/nixfmt" "$@"
}

# project_files prints the files of the work tree, those not yet committed too.
project_files() { git ls-files --cached --others --exclude-standard; }

# existing passes on those names that are still there.
existing() { while IFS= read -r f; do [ ! -f "$f" ] || printf '%s\n' "$f"; done; }

nix_files() { project_files | grep '\.nix$' | existing; }
go_files() { project_files | grep '\.go$' | existing; }

# shell_files: by name, or by the first line where the name has no ending.
shell_files() {
  project_files | existing | while IFS= read -r f; do
    case ${f##*/} in
    *.sh | *.bash) printf '%s\n' "$f" ;;
    *.*) ;;
    *) if head -n 1 "$f" | grep -qE '^#!.*[/ ](ba)?sh( |$)'; then printf '%s\n' "$f"; fi ;;
    esac
  done
}
