# shellcheck shell=bash
# shellcheck disable=SC2016,SC2154 # $out is Nix's; variables of env.sh
# Checks of the Nix files that are no builds. Each runs in a subshell of tests/nix/run.

# buildGoModule's vendorHash is the hash of what `go mod vendor` writes.
check_vendor_hash() { nix/update-vendor-hash; }

# Each problem code is in a line that the log of some test must hold.
check_every_code_is_met() {
  local code lines status=0
  lines=$(in_store nix-instantiate --eval --json --strict tests/nix -A expects)
  for code in $("$WHEEL_AUTO_PATCH_GROUND/program/bin/wheel-auto-patch" reference); do
    grep -qw -- "$code" <<<"$lines" || {
      echo "no build of tests/nix/meets $code"
      status=1
    }
  done
  return "$status"
}

# The hint of a failed build, copied as printed into the derivation, makes the next
# build pass.
check_hint_is_the_cure() {
  local hint log
  log=$(in_store nix-build --no-out-link tests/nix -A hint 2>&1) && return 1
  hint=$(sed -n 's/^ *hint: \(buildInputs = [^;]*;\).*/\1/p' <<<"$log" | head -n1)
  echo "$log" | tail -n 12
  [[ -n $hint ]] && in_store nix-build --no-out-link tests/nix -A hint --argstr text "$hint"
}

# What the provider table names and Debian has can be tried in the demo: each library of
# these attributes, with all that it needs in turn.
check_inputs_from_debian() {
  python3 "$ground/debian.py" "$cache/ground" libxcb alsa-lib pango || return 1
  in_store nix-build --no-out-link --expr "
    with import $ground { };
    runCommandCC \"from-debian\" { } ''
      cd \${fromDebian \"libxcb\"}/lib && test -e libxcb-xkb.so.1
      cd \${fromDebian \"alsa-lib\"}/lib && test -e libasound.so.2
      cd \${fromDebian \"pango\"}/lib && test -e libpango-1.0.so.0 -a -e libpangocairo-1.0.so.0
      for library in \${fromDebian \"libxcb\"}/lib/* \${fromDebian \"pango\"}/lib/*; do
        if \$(<\${stdenv.cc.bintools}/nix-support/dynamic-linker) --list \$library | grep 'not found'; then exit 1; fi
      done
      touch \$out
    ''"
}

# The hint by hand, pasted as further arguments of the command, finds what it is for. What
# these libraries need in turn lies in a store that is not mounted here.
check_hint_by_hand() {
  local loader hint wheel=("$cache"/wheels/opencv_python-5*.whl)
  loader=$store$(in_store nix-build --no-out-link "$ground" -A glibc)/lib/ld-linux-x86-64.so.2
  # shellcheck disable=SC2120
  by_hand() {
    env -u NIX_BUILD_TOP "$WHEEL_AUTO_PATCH_GROUND/program/bin/wheel-auto-patch" \
      check --no-ldd --interpreter "$loader" --libc "${loader%/*}" "$@" "${wheel[0]}" 2>&1
  }
  # Of the chroot store; HOME is for its caches. The hint calls it.
  # shellcheck disable=SC2317
  nix-build() {
    HOME=$cache/home NIX_PATH=nixpkgs=$ground command nix-build --store "$store" "$@" | sed "s|^|$store|"
  }
  missing() { grep -oE '^wheel-auto-patch: error: library-not-found: (libxcb|libGL|libX11|libz|libglib-2.0|libstdc..)\.so.*'; }
  # shellcheck disable=SC2119
  [[ $(by_hand | missing | wc -l) == 6 ]] || return 1
  # shellcheck disable=SC2119
  hint=$(by_hand | sed -n 's/^hint: \(\$(nix-build .*\)/\1/p')
  eval "by_hand $hint" | tee /dev/stderr | missing && return 1
  return 0
}

# What explain prints for Nix builds as printed: an overlay of several wheels that
# find one another in it, and the function for one of them.
check_explain_nix() {
  local dir program=$WHEEL_AUTO_PATCH_GROUND/program/bin/wheel-auto-patch
  dir=$(mktemp -d)
  "$program" explain --format nix "$cache"/wheels/{opencv_python-5,numpy,pillow,shapely,ruff}*.whl >"$dir/overlay.nix"
  "$program" explain --format nix "$cache"/wheels/opencv_python-4*.whl >"$dir/package.nix"
  cat >"$dir/default.nix" <<EOF
let
  pkgs = import $ground { overlays = [ (import $root/nix/overlay.nix) (import ./overlay.nix) ]; };
in
{
  inherit (pkgs.python3Packages) opencv-python numpy pillow shapely ruff;
  # Of Python 3.7, so it is disabled; ocl-icd, which it may open by name, is no package of
  # the ground.
  alone = (pkgs.python3Packages.callPackage ./package.nix { ocl-icd = null; }).overridePythonAttrs {
    disabled = false;
    wheelAutoPatchAnyPython = true;
    pythonImportsCheck = [ ];
  };
}
EOF
  in_store nix-build --no-out-link "$dir" || return 1
  rm -rf "$dir"
}

# Pure Python opens a library by its name: the build says which and fails where the code
# does; with the lines that explain prints, and nothing else, it works.
check_python_opens() {
  local dir name program=$WHEEL_AUTO_PATCH_GROUND/program/bin/wheel-auto-patch
  dir=$(mktemp -d)
  go run ./tests/wheels/fetch python-magic sounddevice soundfile cffi numpy >"$dir/fetch.log"
  tests/nix/inputs file portaudio libsndfile
  "$program" explain --format nix "$cache"/wheels/{python_magic,sounddevice,soundfile,cffi,numpy}-*.whl >"$dir/overlay.nix"
  cat >"$dir/default.nix" <<EOF
let
  libraries = final: prev: builtins.listToAttrs (map (name: { inherit name; value = final.fromDebian name; }) [ "file" "portaudio" "libsndfile" ]) // {
    # Beside what is shown here.
    pythonPackagesExtensions = prev.pythonPackagesExtensions ++ [ (pyfinal: _: {
      pycparser = null;
      typing-extensions = final.runCommand "typing-extensions" { passthru.pythonModule = pyfinal.python; } ''
        mkdir -p \$out/lib/python3.11/site-packages
        echo "from typing import *" >\$out/lib/python3.11/site-packages/typing_extensions.py
      '';
      pythonOlder = _: false; pythonAtLeast = _: false; }) ];
  };
  pkgs = import $ground { overlays = [ (import $root/nix/overlay.nix) libraries (import ./overlay.nix) ]; };
  code = {
    python-magic = "import magic; assert magic.version() > 500";
    sounddevice = "import sounddevice; print(list(sounddevice.query_devices())); assert sounddevice.get_portaudio_version()[0] > 1000";
    soundfile = "import soundfile; assert soundfile.available_formats()['WAV']";
  };
  traced = more: builtins.mapAttrs (name: text: pkgs.python3Packages.\${name}.overrideAttrs ({ wheelAutoPatchTrace = text; } // more)) code;
in
{
  without = traced { postInstall = ""; wheelAutoPatchIgnoreRecord = [ ]; pythonImportsCheck = [ ]; };
  as-explained = traced { };
}
EOF
  for name in python-magic:libmagic.so sounddevice:libportaudio.so soundfile:libsndfile.so; do
    if in_store nix-build --no-out-link "$dir" -A "without.${name%:*}" 2>"$dir/log"; then
      echo "${name%:*} works without ${name#*:}"
      return 1
    fi
    grep "notice: library-opened-by-name: ${name#*:}" "$dir/log" || {
      tail -n 30 "$dir/log"
      return 1
    }
  done
  in_store nix-build --no-out-link "$dir" -A as-explained || return 1
  rm -rf "$dir"
}

# The package as pkgs/by-name would have it: its version is checked, its passthru.tests
# build, in a package set without the overlay.
check_by_name() {
  local copy
  copy=$(copy_of_tree)
  mkdir "$copy/by-name"
  tests/nix/by-name "$copy/by-name" "$copy" || return 1
  in_store nix-build --no-out-link --expr "
    let
      pkgs = import $ground { };
      package = pkgs.callPackage $copy/by-name/package.nix { };
    in
    assert package.updateScript == [ \"nix-update\" ];
    [ package ] ++ builtins.attrValues package.tests" || return 1
  rm -rf "$copy"
}

# The flake evaluates for every system and its checks build, as CI would run them;
# nixpkgs is the test ground here.
check_flake() {
  local copy
  copy=$(copy_of_tree)
  HOME=$cache/home nix flake check --store "$store" --impure --no-write-lock-file \
    --override-input nixpkgs "path:$ground" --keep-going "path:$copy"
  rm -rf "$copy"
}

# Each Nix file parses; default.nix, without flakes, has the flake's attributes.
check_evaluates() {
  local file
  git ls-files -z --cached --others --exclude-standard '*.nix' | while IFS= read -r -d '' file; do
    in_store nix-instantiate --parse "$file" >/dev/null || return 1
  done
  in_store nix-instantiate default.nix --arg pkgs 'import ./tests/nix/ground { }' \
    -A wheel-auto-patch -A wheelAutoPatchHook -A checks.hook-alone -A checks.lint
}

# flake.lock names each input of flake.nix, by revision and hash.
check_flake_lock() {
  local lock='
    let
      lock = builtins.fromJSON (builtins.readFile ./flake.lock);
      pinned = name: let node = lock.nodes.${lock.nodes.root.inputs.${name}}.locked; in
        builtins.match "[0-9a-f]{40}" node.rev != null && builtins.match "sha256-.{43}=" node.narHash != null;
      names = builtins.attrNames (import ./flake.nix).inputs;
    in
    names == builtins.attrNames lock.nodes.root.inputs && builtins.all pinned names'
  [[ $(in_store nix-instantiate --eval --expr "$lock") == true ]]
}

# `nix flake init -t` gives a package that builds, its inputs put in place here.
check_template() {
  local copy template
  copy=$(copy_of_tree)
  template=$(mktemp -d)
  cd "$template" || return 1
  HOME=$cache/home nix flake init -t "path:$copy"
  HOME=$cache/home nix build --store "$store" --impure --no-link --no-write-lock-file \
    --override-input nixpkgs "path:$ground" --override-input wheel-auto-patch "path:$copy" \
    "path:$template#checks.x86_64-linux.default"
  rm -rf "$copy" "$template"
}

# A build cannot change the folders of the host that it sees.
check_host_is_read_only() {
  in_store nix-build --no-out-link --expr 'derivation {
    name = "read-only";
    salt = toString builtins.currentTime; # not from the cache
    system = "x86_64-linux";
    builder = "/bin/sh";
    PATH = "/usr/bin";
    args = [ "-c" "! touch /usr/written /etc/alternatives/written && touch $out; exit $?" ];
  }'
}
