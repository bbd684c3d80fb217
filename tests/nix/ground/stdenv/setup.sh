# shellcheck shell=bash
# shellcheck disable=SC2034,SC2048,SC2054,SC2086,SC2154,SC2178 # attributes, split at blanks
# A small stdenv: the parts of the one in Nixpkgs that a setup hook can tell, with
# the order of every step that changes an installed file (Nixpkgs manual, "The
# Standard Environment"). It compiles nothing and knows one platform.
set -eEu -o pipefail
shopt -s nullglob inherit_errexit

__structuredAttrs=
if [[ $(declare -p outputs 2>/dev/null) == 'declare -A'* ]]; then
  __structuredAttrs=1
  for _name in "${!outputs[@]}"; do export "$_name=${outputs[$_name]}"; done
  for _name in "${!env[@]}"; do export "$_name=${env[$_name]}"; done
fi
: "${strictDeps=}" "${NIX_LOG_FD=2}"

getAllOutputNames() {
  if [[ -n $__structuredAttrs ]]; then echo "${!outputs[*]}"; else echo "$outputs"; fi
}

# Hooks: the text or function NAME first, then each entry of the array NAMEHooks.
_runOne() { if declare -F "${1%% *}" >/dev/null; then "$@"; else eval "$1"; fi; }

_callImplicitHook() {
  if declare -F "$1" >/dev/null; then "$1"; else eval "${!1-}"; fi
}

runHook() {
  local hookName=$1 hook slice="${1%Hook}Hooks[@]"
  shift
  _callImplicitHook "$hookName"
  for hook in "${!slice}"; do _runOne "$hook" "$@"; done
}

# Variables that are a string or, with structured attributes, an array.
_isArray() { [[ $(declare -p "$1" 2>/dev/null) == 'declare -a'* ]]; }

appendToVar() {
  local -n _var=$1
  if [[ -n $__structuredAttrs ]] || _isArray "$1"; then
    _var=(${_var+"${_var[@]}"} "${@:2}")
  else
    _var="${_var-} ${*:2}"
  fi
}

prependToVar() {
  local -n _var=$1
  if [[ -n $__structuredAttrs ]] || _isArray "$1"; then
    _var=("${@:2}" ${_var+"${_var[@]}"})
  else
    _var="${*:2} ${_var-}"
  fi
}

# Nixpkgs 24.11 brought concatTo; withoutConcatTo is a stdenv of before.
if [[ -z ${withoutConcatTo-} ]]; then
  concatTo() {
    local -n _target=$1
    local _word
    for _word in "${@:2}"; do
      local -n _from=${_word%%=*}
      if [[ -z ${_from[*]-} ]]; then
        [[ $_word != *=* ]] || _target+=("${_word#*=}")
      elif _isArray "${_word%%=*}"; then
        _target+=("${_from[@]}")
      else
        # shellcheck disable=SC2206
        _target+=($_from)
      fi
    done
  }
fi

addToSearchPath() {
  local -n _path=$1
  [[ ! -d $2 || :${_path-}: == *:$2:* ]] || export "$1=${_path:+$_path:}$2"
}

stripHash() { basename "$1" | sed -E 's/^[a-z0-9]{32}-//'; }
isELF() { [[ $(head -c4 "$1" | tr -d '\0') == $'\177ELF' ]]; }
isScript() { [[ $(head -c2 "$1" | tr -d '\0') == '#!' ]]; }
header() { echo "$@"; }

# Dependencies: six slots named by the offsets of host and target platform, each
# with the file that propagates it.
_slots=(-1,-1 -1,0 -1,1 0,0 0,1 1,1)
declare -A _slotFile=(
  ['-1,-1']=propagated-build-build-deps ['-1,0']=propagated-native-build-inputs
  ['-1,1']=propagated-build-target-deps ['0,0']=propagated-host-host-deps
  ['0,1']=propagated-build-inputs ['1,1']=propagated-target-target-deps
)
declare -A _slotPkgs=() _envHooks=()
for _slot in "${_slots[@]}"; do _slotPkgs[$_slot]=; done
for _slot in -1 0 1; do _envHooks[$_slot]=; done

addEnvHooks() { _envHooks[$1]+=" ${*:2}"; }

_mapOffset() { echo $(($1 <= 0 ? $1 + $2 : $1 - 1 + $3)); }

_findInputs() {
  local pkg=$1 host=$2 target=$3 slot next h t
  [[ " ${_slotPkgs["$host,$target"]} " != *" $pkg "* ]] || return 0
  [[ -e $pkg ]] || {
    echo "build input $pkg does not exist" >&2
    exit 1
  }
  _slotPkgs["$host,$target"]+=" $pkg"
  for slot in "${_slots[@]}"; do
    h=$(_mapOffset "${slot%,*}" "$host" "$target")
    t=$(_mapOffset "${slot#*,}" "$host" "$target")
    [[ $h -ge -1 && $h -le 1 && -f $pkg/nix-support/${_slotFile[$slot]} ]] || continue
    for next in $(<"$pkg/nix-support/${_slotFile[$slot]}"); do _findInputs "$next" "$h" "$t"; done
  done
}

_inputs() { # the attributes that fill a slot, the stdenv's own last
  case $1 in
  -1,-1) echo ${depsBuildBuild[*]-} ${depsBuildBuildPropagated[*]-} ;;
  -1,0) echo ${nativeBuildInputs[*]-} ${propagatedNativeBuildInputs[*]-} ${defaultNativeBuildInputs[*]-} ;;
  -1,1) echo ${depsBuildTarget[*]-} ${depsBuildTargetPropagated[*]-} ;;
  0,0) echo ${depsHostHost[*]-} ${depsHostHostPropagated[*]-} ;;
  0,1) echo ${buildInputs[*]-} ${propagatedBuildInputs[*]-} ;;
  1,1) echo ${depsTargetTarget[*]-} ${depsTargetTargetPropagated[*]-} ;;
  esac
}

_activate() {
  local pkg=$1 hostOffset=$2 targetOffset=$3
  if [[ -f $pkg ]]; then
    # shellcheck disable=SC1090
    source "$pkg"
  fi
  if [[ -z $strictDeps || $hostOffset == -1 ]]; then addToSearchPath _PATH "$pkg/bin"; fi
  if [[ $hostOffset == 0 ]]; then addToSearchPath HOST_PATH "$pkg/bin"; fi
  if [[ -f $pkg/nix-support/setup-hook ]]; then
    # shellcheck disable=SC1091
    source "$pkg/nix-support/setup-hook"
  fi
}

_callEnvHooks() { # with every input of the offset; without strictDeps with all
  local slot pkg hook pkgs
  for slot in "${_slots[@]}"; do
    pkgs=${_slotPkgs[$slot]}
    [[ -n $strictDeps ]] || pkgs=${_slotPkgs[*]}
    for pkg in $pkgs; do
      for hook in ${_envHooks[${slot%,*}]}; do "$hook" "$pkg"; done
    done
  done
}

export PATH=$initialPath/bin SHELL=$shell TZ=UTC SOURCE_DATE_EPOCH=315532800 HOST_PATH=
_PATH=
declare -a preFixupHooks fixupOutputHooks postFixupHooks unpackCmdHooks
declare -a envBuildHostHooks preConfigureHooks postUnpackHooks

for _slot in "${_slots[@]}"; do
  for _pkg in $(_inputs "$_slot"); do _findInputs "$_pkg" "${_slot%,*}" "${_slot#*,}"; done
done
for _slot in "${_slots[@]}"; do
  for _pkg in ${_slotPkgs[$_slot]}; do _activate "$_pkg" "${_slot%,*}" "${_slot#*,}"; done
done
_callEnvHooks
PATH=${_PATH:+$_PATH:}$PATH
prefix=${prefix:-$out}

recordPropagatedDependencies() {
  local slot var list
  local -A attribute=(
    ['-1,-1']=depsBuildBuildPropagated ['-1,0']=propagatedNativeBuildInputs
    ['-1,1']=depsBuildTargetPropagated ['0,0']=depsHostHostPropagated
    ['0,1']=propagatedBuildInputs ['1,1']=depsTargetTargetPropagated
  )
  for slot in "${_slots[@]}"; do
    var="${attribute[$slot]}[*]" list=${!var-}
    [[ -n ${list// /} ]] || continue
    mkdir -p "$out/nix-support"
    echo "$list" >"$out/nix-support/${_slotFile[$slot]}"
  done
}

# substituteAll replaces @name@ by each exported variable whose name begins in
# lower case.
substituteAll() {
  local text name
  text=$(<"$1")
  for name in $(compgen -e | grep '^[a-z]'); do text=${text//"@$name@"/"${!name}"}; done
  printf '%s\n' "$text" >"$2.new"
  mv -f "$2.new" "$2"
}

# substituteInPlace FILE… --replace-fail OLD NEW…: fails where a file has no OLD.
substituteInPlace() {
  local -a files=()
  local file text i
  while [[ $# -gt 0 && $1 != --* ]]; do
    files+=("$1")
    shift
  done
  for file in "${files[@]}"; do
    text=$(cat "$file" && printf x)
    for ((i = 1; i < $#; i += 3)); do
      if [[ ${!i} != --replace-fail ]]; then
        echo "substituteInPlace: ${!i} is not played here" >&2
        return 1
      fi
      local old="${*:i+1:1}" new="${*:i+2:1}"
      if [[ $text != *"$old"* ]]; then
        echo "substituteInPlace: pattern $old doesn't match anything in file '$file'" >&2
        return 1
      fi
      text=${text//"$old"/"$new"}
    done
    printf %s "${text%x}" >"$file"
  done
}

# What fixupPhase does to each output, in stdenv's order.
_shrinkRpath() {
  local file
  [[ -z ${dontPatchELF-} && -e $prefix ]] || return 0
  find "$prefix" -type f | sort | while read -r file; do
    if isELF "$file"; then patchelf --shrink-rpath "$file" || true; fi
  done
}

_patchShebangs() {
  local file words new
  [[ -z ${dontPatchShebangs-} && -e $prefix ]] || return 0
  find "$prefix" -type f -perm -0100 | sort | while read -r file; do
    isScript "$file" || continue
    IFS='#! ' read -r -a words < <(head -n1 "$file" | cut -c3-)
    [[ ${words[0]} != */env ]] || words=("${words[@]:1}")
    [[ ${words[0]} != "$NIX_STORE"/* ]] || continue
    new=$(PATH=${HOST_PATH:+$HOST_PATH:}$PATH type -P "${words[0]##*/}") || continue
    sed -i "1s|.*|#!$new ${words[*]:1}|" "$file"
    echo "$file: interpreter directive changed to $new"
  done
}

_strip() {
  local dir
  [[ -z ${dontStrip-} && -n ${STRIP-} ]] || return 0
  for dir in lib lib32 lib64 libexec bin sbin; do
    [[ -d $prefix/$dir ]] || continue
    echo "stripping (with command $STRIP and flags -S -p) in $prefix/$dir"
    find "$prefix/$dir" -type f -print0 | sort -z | xargs -r -0 -n1 "$STRIP" -S -p 2>/dev/null || true
  done
}

# moveToOutput PATH DIR: what $out has of a path.
moveToOutput() {
  [[ -e $out/$1 ]] || return 0
  mkdir -p "$2/$(dirname "$1")"
  mv "$out/$1" "$2/$1"
}

_moveDocs() { # multiple-outputs.sh and move-docs.sh: to dev and doc where they are
  local dir
  if [[ -n ${dev-} && -d $out/include ]]; then
    mkdir -p "$dev" && mv "$out/include" "$dev/include"
  fi
  for dir in share/doc share/man; do
    [[ -n ${doc-} && -d $out/$dir ]] || continue
    mkdir -p "$doc/share" && mv "$out/$dir" "$doc/$dir"
  done
}
preFixupHooks+=(_moveDocs)
fixupOutputHooks+=(_shrinkRpath _patchShebangs _strip)

unpackPhase() {
  runHook preUnpack
  local src_
  for src_ in ${src-} ${srcs[*]-}; do
    cp -r "$src_" "$(stripHash "$src_")"
  done
  chmod -R u+w .
  runHook postUnpack
}
buildPhase() { runHook preBuild && runHook postBuild; }
installPhase() { runHook preInstall && runHook postInstall; }
installCheckPhase() { runHook preInstallCheck && runHook postInstallCheck; }

fixupPhase() {
  local output
  for output in $(getAllOutputNames); do
    [[ ! -e ${!output} ]] || chmod -R u+w,u-s,g-s "${!output}"
  done
  runHook preFixup
  for output in $(getAllOutputNames); do prefix=${!output} runHook fixupOutput; done
  recordPropagatedDependencies
  runHook postFixup
}

genericBuild() {
  local curPhase
  if [[ -n ${buildCommand-} ]]; then
    eval "$buildCommand"
    return
  fi
  if [[ -z ${phases[*]-} ]]; then
    phases="unpackPhase patchPhase buildPhase ${preInstallPhases[*]-} installPhase"
    phases+=" ${preFixupPhases[*]-} fixupPhase installCheckPhase ${preDistPhases[*]-} ${postPhases[*]-}"
  fi
  for curPhase in ${phases[*]}; do
    [[ $curPhase != unpackPhase || -z ${dontUnpack-} ]] || continue
    [[ $curPhase != fixupPhase || -z ${dontFixup-} ]] || continue
    [[ $curPhase != installCheckPhase || -n ${doInstallCheck-} ]] || continue
    [[ $curPhase != patchPhase || -n ${patchPhase-} ]] || continue
    echo "Running phase: $curPhase"
    printf '@nix { "action": "setPhase", "phase": "%s" }\n' "$curPhase" >&"$NIX_LOG_FD"
    eval "${!curPhase:-$curPhase}"
  done
}
set +u
