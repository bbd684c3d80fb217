# shellcheck shell=bash
# shellcheck disable=SC2154
# Run a builder that must fail; what it leaves stays in $out, with the log and the
# exit status beside it.
PATH=/usr/bin:/bin
# A pipeline ends with its last part: the log is whole when it is copied.
"$@" 2>&1 | tee "$NIX_BUILD_TOP/log.testBuildFailure"
status=${PIPESTATUS[0]}
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
if [[ -f ${paths[out]} ]]; then
  mv "${paths[out]}" kept
  mkdir "${paths[out]}"
  mv kept "${paths[out]}/result"
fi
for path in "${paths[@]}"; do
  [[ -e $path ]] || mkdir "$path" # every output must be there
done
cp log.testBuildFailure "${paths[out]}/testBuildFailure.log"
echo -n "$status" >"${paths[out]}/testBuildFailure.exit"
