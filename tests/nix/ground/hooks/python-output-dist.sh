# shellcheck shell=bash
# shellcheck disable=SC2154
# The wheels themselves become the output dist.
pythonOutputDistPhase() { mv dist "$dist"; }
appendToVar preFixupPhases pythonOutputDistPhase
