# shellcheck shell=bash
# The Go tools that lint and tests run, each pinned here and nowhere else. They
# are no part of the program, so go.mod does not know them.

gofumpt() { go run mvdan.cc/gofumpt@v0.12.0 "$@"; }
staticcheck() { go run honnef.co/go/tools/cmd/staticcheck@v0.8.1 "$@"; }
gotestsum() { go run gotest.tools/gotestsum@v1.13.0 "$@"; }

# project_files prints the files of the work tree, those not yet committed too.
project_files() { git ls-files --cached --others --exclude-standard; }

# existing passes on those names that are still there.
existing() { while IFS= read -r f; do [ ! -f "$f" ] || printf '%s\n' "$f"; done; }

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
