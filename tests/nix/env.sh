# shellcheck shell=bash
# shellcheck disable=SC2034,SC2155
# Real Nix without an installation: a chroot store in the cache folder, all
# settings in the environment, nothing under /nix touched (nix.conf(5)).

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cache=${WHEEL_AUTO_PATCH_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/wheel-auto-patch}
store=$cache/nix
ground=$root/tests/nix/ground

die() {
  printf 'tests/nix: %s\n' "$*" >&2
  exit 2
}

# The sandbox shows whole folders of the host only: a file listed beneath a
# listed folder is truncated on the host. /gnu is the default library folder of
# the test loader; it holds a link to the store's own glibc.
nix_environment() {
  export NIX_CONF_DIR=/nonexistent NIX_USER_CONF_FILES=/dev/null
  export NIX_CONFIG="build-users-group =
experimental-features = nix-command flakes
substituters =
sandbox = true
sandbox-fallback = false
sandbox-paths = /bin /usr /lib /lib64 /etc/alternatives /gnu=$cache/gnu
max-jobs = $(nproc)
cores = 1
log-lines = 40
warn-dirty = false"
  export WHEEL_AUTO_PATCH_GROUND=$cache/ground
  unset NIX_REMOTE NIX_PROFILES
  mkdir -p "$cache"/{home,gnu,ground,wheels}
}

# Builds run with the host's folders mounted writable. As root they are made
# read-only first, in a mount namespace that ends with this run; what is mounted
# below them (a Go in /usr/local) stays in sight.
protect_host() {
  [[ $(id -u) == 0 && -z ${WHEEL_AUTO_PATCH_PROTECTED-} ]] || return 0
  export WHEEL_AUTO_PATCH_PROTECTED=1
  unshare --mount true ||
    die 'no mount namespace can be made here, and the sandbox of Nix needs one: in a container, allow CAP_SYS_ADMIN'
  # shellcheck disable=SC2016
  exec unshare --mount bash -c '
    for dir in /usr /etc/alternatives; do
      mount --rbind "$dir" "$dir" && mount -o remount,bind,ro "$dir" || exit 2
    done
    exec "$@"' protect "$@"
}

# alone waits for another run with the same cache folder to end.
alone() {
  mkdir -p "$cache"
  exec {lock}>"$cache/lock"
  flock "$lock"
}

# in_store COMMAND…: a Nix command on the cache's store; HOME is for its caches.
in_store() {
  HOME=$cache/home "$1" --store "$store" "${@:2}"
}

# copy_of_tree makes a copy of what git knows, which is no checkout.
copy_of_tree() {
  local copy
  copy=$(mktemp -d)
  git -C "$root" ls-files -z --cached --others --exclude-standard | tar -C "$root" -c --null -T - | tar -x -C "$copy"
  echo "$copy"
}
