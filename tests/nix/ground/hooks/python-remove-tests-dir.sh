# shellcheck shell=bash
# shellcheck disable=SC2154
# A tests folder at the top of site-packages would collide with other packages'.
pythonRemoveTestsDir() { rm -rf "$out/@pythonSitePackages@/tests" "$out/@pythonSitePackages@/test"; }
postFixupHooks+=(pythonRemoveTestsDir)
