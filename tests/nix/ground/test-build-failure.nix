# testers.testBuildFailure' of the Nixpkgs manual: script runs with $failed naming the log,
# exit status and output of the build.
{
  lib,
  pkgs,
  testBuildFailure,
}:
{
  drv,
  name ? "testBuildFailure-${drv.name}",
  expectedBuilderExitCode ? 1,
  expectedBuilderLogEntries ? [ ],
  script ? "",
}:
pkgs.runCommand name { failed = testBuildFailure drv; } ''
  status=$(<$failed/testBuildFailure.exit)
  [[ $status == ${toString expectedBuilderExitCode} ]] || {
    echo "the build ended with status $status, not ${toString expectedBuilderExitCode}"
    exit 1
  }
  ${lib.concatMapStringsSep "\n" (entry: ''
    grep -qF -- ${lib.escapeShellArg entry} $failed/testBuildFailure.log || {
      tail -n 20 $failed/testBuildFailure.log
      echo "the log, which ends so, lacks:" ${lib.escapeShellArg entry}
      exit 1
    }
  '') expectedBuilderLogEntries}
  ${script}
  touch $out
''
