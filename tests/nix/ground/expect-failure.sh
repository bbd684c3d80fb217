# shellcheck shell=bash
# shellcheck disable=SC2154
# Run a builder that must fail; what it leaves becomes $out: the log, the exit
# status, and its output beside them.
PATH=/usr/bin:/bin
("$@" 2>&1) > >(tee "$NIX_BUILD_TOP/log.testBuildFailure")
status=$?
if [[ $status == 0 ]]; then
  echo "testBuildFailure: the builder did not fail, but a failure was expected" >&2
  exit 1
fi

declare -A paths=()
if [[ -e $NIX_BUILD_TOP/.attrs.sh ]]; then
  # shellcheck disable=SC1091
  source "$NIX_BUILD_TOP/.attrs.sh"
  for name in "${!outputs[@]}"; do paths[$name]=${outputs[$name]}; done
else
  for name in $outputs; do paths[$name]=${!name}; done
fi

cd "$NIX_BUILD_TOP" || exit 2
[[ ! -e ${paths[out]} ]] || mv "${paths[out]}" kept
mkdir -p "${paths[@]}" # every output must be there
[[ ! -e kept ]] || mv kept "${paths[out]}/result"
cp log.testBuildFailure "${paths[out]}/testBuildFailure.log"
echo -n "$status" >"${paths[out]}/testBuildFailure.exit"
