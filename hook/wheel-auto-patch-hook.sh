# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154,SC2178 # variables of stdenv; namerefs
# wheelAutoPatchHook: gathers what a derivation says and calls wheel-auto-patch
# twice in fixupPhase. All decisions are the program's. Sourced by stdenv's setup.sh
# (Nixpkgs manual, "Package setup hooks"); its variables: docs/hook.md.

# Before anything else in fixupPhase: later steps rewrite files that RECORD lists
# (docs, shebangs, strip), and each would look like a damaged download.
wheelAutoPatchVerifyHook() { wheelAutoPatchPlainly wheelAutoPatchVerify; }

wheelAutoPatchVerify() {
  if [[ -n ${dontWheelAutoPatch-} || -n ${wheelAutoPatchVerified-} ]]; then return 0; fi
  wheelAutoPatchVerified=1 # autoPatchelf may call it before fixupPhase, once it edits

  local -a dirs=() wheels=() sources=() flags=() ignore=()
  local installed
  mapfile -t dirs < <(wheelAutoPatchOutputs)
  wheelAutoPatchFindWheels wheels sources
  if [[ ${#dirs[@]} -eq 0 ]]; then return 0; fi
  installed=$(find "${dirs[@]}" -type d -name '*.dist-info' -print -quit)
  if [[ ${#wheels[@]} -eq 0 && -z $installed ]]; then return 0; fi
  wheelAutoPatchActive=1

  # strip damages libraries that patchelf has relocated, as it did in many wheels;
  # shrinking the RUNPATH drops entries that find libraries at run time.
  if [[ -z ${dontStrip+set} ]]; then dontStrip=1; fi
  if [[ -z ${dontPatchELF+set} ]]; then dontPatchELF=1; fi
  wheelAutoPatchPlace

  if [[ ${wheelAutoPatchRecord-} == off ]]; then return 0; fi
  wheelAutoPatchPhase wheelAutoPatchVerify
  wheelAutoPatchList ignore wheelAutoPatchIgnoreRecord
  wheelAutoPatchList flags wheelAutoPatchFlags wheelAutoPatchFlagsArray
  if [[ -n $installed ]]; then
    wheels=("${wheels[@]/#/--wheel=}")
  else
    dirs=() # only some files were taken from a wheel, which is verified alone
  fi
  @program@ hook-verify \
    --jobs="${NIX_BUILD_CORES:-0}" \
    ${wheelAutoPatchRecord:+--record="$wheelAutoPatchRecord"} \
    ${wheelAutoPatchHintsFor:+--hints-for="$wheelAutoPatchHintsFor"} \
    "${ignore[@]/#/--ignore-record=}" \
    "${flags[@]}" "${wheels[@]}" "${sources[@]}" "${dirs[@]}" || return 1
}

# After strip, patchShebangs, the wrappers and a postFixup of the derivation, whose
# edits the program keeps.
wheelAutoPatchPatchHook() { wheelAutoPatchPlainly wheelAutoPatchPatch; }

wheelAutoPatchPatch() {
  if [[ -n ${dontWheelAutoPatch-} || -z ${wheelAutoPatchActive-} ]]; then return 0; fi
  local does='@patchesElf@'
  if [[ -z $does ]]; then
    echo "wheel-auto-patch: RECORD is verified; on this platform nothing is patched"
    return 0
  fi
  wheelAutoPatchPhase wheelAutoPatch
  local -a dirs=()
  mapfile -t dirs < <(wheelAutoPatchOutputs)
  wheelAutoPatchRun "${dirs[@]}"
}

# In installCheckPhase, or after it where a derivation has none: runs the Python code of
# wheelAutoPatchTrace, and prints which libraries it asks for by name.
wheelAutoPatchTraceHook() { wheelAutoPatchPlainly wheelAutoPatchTraceCode; }

wheelAutoPatchTraceCode() {
  if [[ -n ${dontWheelAutoPatch-} || -z ${wheelAutoPatchTrace-} || -n ${wheelAutoPatchTraced-} ]]; then return 0; fi
  wheelAutoPatchTraced=1
  local runs='@runs@' site path='' python=python3 loader=''
  if [[ -z $runs ]]; then
    echo "wheel-auto-patch: wheelAutoPatchTrace is not run: this machine does not run what is built"
    return 0
  fi
  while IFS= read -r site; do
    for site in "$site"/lib/python*/site-packages; do
      path+=$site:
      python=${site%/site-packages}
    done
  done < <(wheelAutoPatchOutputs)
  local -a trace=(@program@ trace ${wheelAutoPatchHintsFor:+--hints-for="$wheelAutoPatchHintsFor"} --)
  wheelAutoPatchPhase wheelAutoPatchTrace
  wheelAutoPatchLoader loader
  if [[ $loader == */ld-musl-* ]]; then
    echo "wheel-auto-patch: musl's loader does not tell what it is asked for: wheelAutoPatchTrace is run, without a report"
    trace=()
  fi
  # Elsewhere than where the sources are, which Python would import.
  (cd "$(mktemp -d)" && PYTHONPATH=$path${PYTHONPATH-} "${trace[@]}" "${python##*/}" -c "$wheelAutoPatchTrace") || return 1
}

# wheelAutoPatchRun DIR…: patch and check what is in these folders.
wheelAutoPatchRun() {
  local -a args=() python=() runtime=() append=() ignore=() moved=() patchelf=() flags=()
  wheelAutoPatchList python wheelAutoPatchPythonDeps
  wheelAutoPatchList runtime runtimeDependencies
  wheelAutoPatchList append appendRunpaths
  wheelAutoPatchList ignore wheelAutoPatchIgnoreMissingDeps
  wheelAutoPatchList moved autoPatchelfIgnoreMissingDeps
  wheelAutoPatchList patchelf patchelfFlags
  wheelAutoPatchList flags wheelAutoPatchFlags wheelAutoPatchFlagsArray
  wheelAutoPatchTarget args
  wheelAutoPatchLibraries args "${wheelAutoPatchInputs[@]}" "${python[@]}"

  # Folders that are not there would be wrong usage. That of the graphics driver is there
  # where the package runs.
  local dir
  runtime=("${runtime[@]/%//lib}")
  for dir in "${runtime[@]}"; do
    if [[ -d $dir || $dir == /run/opengl-driver/lib ]]; then args+=("--runtime-dependency=$dir"); fi
  done
  # What objects open by name: true is the default; false and [ ] are empty strings.
  if declare -p wheelAutoPatchDlopen &>/dev/null; then
    local -a dlopen=()
    wheelAutoPatchList dlopen wheelAutoPatchDlopen
    if [[ ${#dlopen[@]} -eq 0 ]]; then dlopen=(false); fi
    if [[ ${dlopen[0]} == 1 ]]; then dlopen=(true); fi
    args+=("${dlopen[@]/#/--dlopen=}")
  fi
  # autoPatchelfIgnoreMissingDeps = true was a way to say "any".
  local i
  for i in "${!moved[@]}"; do
    if [[ ${moved[i]} == 1 ]]; then moved[i]='*'; fi
  done

  @program@ patch --record=off --update-record=all \
    --patchelf='@patchelf@' --jobs="${NIX_BUILD_CORES:-0}" \
    ${wheelAutoPatchLayout:+--layout="$wheelAutoPatchLayout"} \
    ${wheelAutoPatchHintsFor:+--hints-for="$wheelAutoPatchHintsFor"} \
    ${wheelAutoPatchAnyPython:+--any-python} \
    "${args[@]}" \
    "${append[@]/#/--append-rpath=}" \
    "${ignore[@]/#/--ignore-missing-of=wheelAutoPatchIgnoreMissingDeps=}" \
    "${moved[@]/#/--ignore-missing-of=autoPatchelfIgnoreMissingDeps=}" \
    "${patchelf[@]/#/--patchelf-flag=}" \
    "${flags[@]}" -- "$@" || return 1
}

# wheelAutoPatchPlainly FUNCTION ARGUMENT…: a derivation may have set any option of the shell
# by now. Here words are split at blanks, patterns that match nothing vanish, and a
# variable that nobody set is empty. IFS is not made local: bash up to 5.2 uses that of a
# function that `set -e` has left, in the trap by which a build ends, and may crash there.
wheelAutoPatchPlainly() {
  local - shell ifs=${IFS-$' \t\n'}
  set +o noglob +o nounset
  IFS=$' \t\n'
  shell=$(shopt -p nullglob failglob dotglob nocaseglob) || true
  shopt -s nullglob
  shopt -u failglob dotglob nocaseglob
  "$@"
  local status=$?
  eval "$shell"
  IFS=$ifs
  return "$status"
}

# addWheelAutoPatchSearchPath DIR…: search these folders, too, for libraries.
addWheelAutoPatchSearchPath() { wheelAutoPatchSearchPath+=("$@"); }

# What overrides written for autoPatchelfHook call, where that hook is not among the
# inputs. The folders go where it keeps them, so that each hook knows those of the other.
wheelAutoPatchStandIn() {
  if declare -F autoPatchelf >/dev/null; then return 0; fi

  # addAutoPatchelfSearchPath [--no-recurse] DIR…: search the folders in and below these
  # that hold a library.
  addAutoPatchelfSearchPath() {
    local dir
    local -a paths=() depth=()
    wheelAutoPatchPaths paths depth "$@" || return 1
    while IFS= read -r -d '' dir; do
      extraAutoPatchelfLibs+=("$dir")
    done < <(find "${paths[@]}" "${depth[@]}" ! -type d \( -name '*.so' -o -name '*.so.*' \) -printf '%h\0' |
      LC_ALL=C sort -zu)
  }

  # autoPatchelf [--no-recurse] PATH…: patch the outputs that hold these now.
  autoPatchelf() {
    local -a paths=() depth=() dirs=()
    wheelAutoPatchPaths paths depth "$@" || return 1
    if [[ -z ${wheelAutoPatchVerified-} ]]; then wheelAutoPatchVerifyHook || return 1; fi
    mapfile -t dirs < <(wheelAutoPatchHolders "${paths[@]}")
    wheelAutoPatchPlainly wheelAutoPatchRun "${dirs[@]}"
  }
}

# wheelAutoPatchPaths TO DEPTH ARGUMENT…: the options of autoPatchelfHook's functions, for
# find, and what follows them.
wheelAutoPatchPaths() {
  local -n _wheelAutoPatchTo=$1 _wheelAutoPatchDepth=$2
  shift 2
  while [[ ${1-} == --* ]]; do
    case $1 in
    --)
      shift
      break
      ;;
    --no-recurse) _wheelAutoPatchDepth=(-maxdepth 1) ;;
    *)
      echo "${FUNCNAME[1]}: ERROR: Invalid command line argument: $1" >&2
      return 1
      ;;
    esac
    shift
  done
  _wheelAutoPatchTo=("$@")
}

# The outputs that hold these paths, each once; of a path elsewhere its folder.
wheelAutoPatchHolders() {
  local path output holder
  for path; do
    if [[ -d $path ]]; then holder=$path; else holder=${path%/*}; fi
    while IFS= read -r output; do
      if [[ $path/ == "$output"/* ]]; then holder=$output; fi
    done < <(wheelAutoPatchOutputs)
    printf '%s\n' "$holder"
  done | LC_ALL=C sort -u
}

# Called with each input; without strictDeps with some of them more than once.
wheelAutoPatchAddInput() {
  local seen
  for seen in "${wheelAutoPatchInputs[@]}"; do
    if [[ $seen == "$1" ]]; then return 0; fi
  done
  wheelAutoPatchInputs+=("$1")
}

# wheelAutoPatchList TO NAME…: append variables that are arrays with structured
# attributes and strings without. concatTo is in Nixpkgs since 24.11.
wheelAutoPatchList() {
  local -
  set -o noglob # libcuda.so.* is a value, not a file name pattern
  if declare -F concatTo >/dev/null; then
    concatTo "$@"
    return
  fi
  local -n _wheelAutoPatchTo=$1
  local _wheelAutoPatchName
  for _wheelAutoPatchName in "${@:2}"; do
    local -n _wheelAutoPatchFrom=$_wheelAutoPatchName
    if [[ $(declare -p "$_wheelAutoPatchName" 2>/dev/null) == 'declare -a'* ]]; then
      _wheelAutoPatchTo+=("${_wheelAutoPatchFrom[@]}")
    else
      # shellcheck disable=SC2206 # split at blanks
      _wheelAutoPatchTo+=(${_wheelAutoPatchFrom-})
    fi
  done
}

# The outputs that hold files of the package, one a line. dist holds the wheel
# itself, debug what was split off.
wheelAutoPatchOutputs() {
  local name names=${outputs-out}
  if declare -F getAllOutputNames >/dev/null; then names=$(getAllOutputNames); fi
  for name in $names; do
    if [[ $name != dist && $name != debug && -d ${!name-} ]]; then printf '%s\n' "${!name}"; fi
  done | LC_ALL=C sort
}

# wheelAutoPatchFindWheels INSTALLED SOURCES: the wheels in dist/, often moved to
# $dist by now, and each source that is a wheel but none of those: it was repacked.
wheelAutoPatchFindWheels() {
  local -n _wheelAutoPatchInstalled=$1 _wheelAutoPatchSources=$2
  local -a fetched=()
  local wheel dir other
  for dir in "${dist-}" dist; do
    for wheel in "${dir:-/nonexistent}"/*.whl; do
      if [[ -f $wheel ]]; then _wheelAutoPatchInstalled+=("$wheel"); fi
    done
  done
  wheelAutoPatchList fetched src srcs
  for wheel in "${fetched[@]}"; do
    if [[ $wheel != *.whl || ! -f $wheel ]]; then continue; fi
    for other in "${_wheelAutoPatchInstalled[@]}"; do
      if cmp -s "$wheel" "$other"; then continue 2; fi
    done
    _wheelAutoPatchSources+=("$wheel")
  done
  # No dist folder: what was fetched is what was unpacked.
  if [[ ${#_wheelAutoPatchInstalled[@]} -eq 0 ]]; then
    _wheelAutoPatchInstalled=("${_wheelAutoPatchSources[@]}")
    _wheelAutoPatchSources=()
  fi
}

# Hooks that come later in the list may edit libraries again: after them it runs once more,
# for what they undid, and for RECORD to be true of what they did.
wheelAutoPatchPlace() {
  if [[ ${#postFixupHooks[@]} -eq 0 || ${postFixupHooks[-1]} != wheelAutoPatchPatchHook ]]; then
    postFixupHooks+=(wheelAutoPatchPatchHook)
  fi
}

# Sets the phase that nix build shows; NIX_LOG_FD is where it listens.
wheelAutoPatchPhase() {
  if [[ -n ${NIX_LOG_FD-} ]]; then
    printf '@nix { "action": "setPhase", "phase": "%s" }\n' "$1" >&"$NIX_LOG_FD"
  fi
}

# wheelAutoPatchLoader VARIABLE: the loader of the platform that the wheel will run on.
wheelAutoPatchLoader() {
  local -n _wheelAutoPatchLoader=$1
  local support=${NIX_BINTOOLS:-@bintools@}/nix-support
  if [[ -f $support/dynamic-linker ]]; then _wheelAutoPatchLoader=$(<"$support/dynamic-linker"); fi
}

# The loader and the C library of that platform.
wheelAutoPatchTarget() {
  local -n _wheelAutoPatchArgs=$1
  local support=${NIX_BINTOOLS:-@bintools@}/nix-support loader=''
  wheelAutoPatchLoader loader
  if [[ -n $loader ]]; then _wheelAutoPatchArgs+=("--interpreter=$loader"); fi
  if [[ -f $support/orig-libc ]]; then
    _wheelAutoPatchArgs+=("--libc=$(<"$support/orig-libc")/lib")
  fi
}

# wheelAutoPatchLibraries ARGS INPUT…: the folders to search. Last come the
# libraries that a manylinux tag lets a wheel expect. A cross compiler keeps its own
# (libstdc++) in a folder of the other platform's name.
wheelAutoPatchLibraries() {
  local -n _wheelAutoPatchArgs=$1
  local input dir
  local -a manylinux=(@manylinuxPackages@)
  for dir in "${wheelAutoPatchSearchPath[@]}"; do _wheelAutoPatchArgs+=("--lib=$dir"); done
  for dir in "${extraAutoPatchelfLibs[@]}"; do
    if [[ -d $dir ]]; then _wheelAutoPatchArgs+=("--lib=$dir"); fi
  done
  for input in "${@:2}" "${manylinux[@]}"; do
    for dir in "$input/lib" "$input/@config@/lib"; do
      if [[ -d $dir ]]; then _wheelAutoPatchArgs+=("--lib=$dir"); fi
    done
    for dir in "$input"/lib/python*/site-packages; do
      if [[ -d $dir ]]; then _wheelAutoPatchArgs+=("--python-lib=$dir"); fi
    done
  done
}

# Sourced twice, it registers once.
if [[ -z ${wheelAutoPatchRegistered-} ]]; then
  wheelAutoPatchRegistered=1
  wheelAutoPatchVerified='' wheelAutoPatchActive=''
  declare -ga wheelAutoPatchInputs=() wheelAutoPatchSearchPath=() extraAutoPatchelfLibs
  wheelAutoPatchStandIn
  addEnvHooks "$targetOffset" wheelAutoPatchAddInput
  preFixupHooks=(wheelAutoPatchVerifyHook "${preFixupHooks[@]}")
  postFixupHooks+=(wheelAutoPatchPatchHook)
  if [[ -n ${wheelAutoPatchTrace-} ]]; then
    wheelAutoPatchTraced=''
    postInstallCheckHooks+=(wheelAutoPatchTraceHook)
    # Before pythonImportsCheckPhase: what it says may be why that fails.
    if [[ $(declare -p preDistPhases 2>/dev/null) == 'declare -a'* ]]; then
      preDistPhases=(wheelAutoPatchTraceHook "${preDistPhases[@]}")
    else
      preDistPhases="wheelAutoPatchTraceHook ${preDistPhases-}"
    fi
  fi
fi
