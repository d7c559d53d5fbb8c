#!/usr/bin/env bash
# Builds and runs the tests. Usage: scripts/test.sh [release|dev|asan|tsan] [build|unit|service] [PROGRAMS]
# With release (the default) every suite; with a sanitizer the unit, contract and API suites, without what only takes long there
# (TSUNAGU_SHORT). With "build" nothing is run, with "unit" only the test programs (those whose name matches PROGRAMS, an extended
# regular expression), with "service" only what talks to a running server: so they can run side by side.
# Every suite prints "N passed, N failed" as its last line; so does this script, with the sum. Exit status 1 when one failed.
set -uo pipefail
cd "$(dirname "$0")/.."
preset=${1:-release} part=${2:-all} programs=${3:-.}
bin=build/$preset/bin
export TSUNAGU=$PWD/$bin/tsunagu TSUNAGU_SIM=$PWD/$bin/tsunagu-sim
export ASAN_OPTIONS=${ASAN_OPTIONS:-detect_stack_use_after_return=1:strict_string_checks=1}
export LSAN_OPTIONS=${LSAN_OPTIONS:-suppressions=$PWD/tests/lsan.supp:print_suppressions=0}
export UBSAN_OPTIONS=${UBSAN_OPTIONS:-print_stacktrace=1}
export TSAN_OPTIONS=${TSAN_OPTIONS:-halt_on_error=1:second_deadlock_stack=1:suppressions=$PWD/tests/tsan.supp}
case $preset in asan | tsan) export TSUNAGU_SHORT=1 ;; esac
passed=0 failed=0
failures=()

# suite NAME COMMAND…: runs it, shows it, adds its last line to the sum. A suite that dies without one counts as one failure.
suite() {
  local name=$1 log status=0 line begun=$SECONDS
  shift
  printf '\n== %s\n' "$name"
  log=$(mktemp)
  "$@" 2>&1 | tee "$log" || status=$?
  line=$(grep -E '^[0-9]+ passed, [0-9]+ failed$' "$log" | tail -1)
  rm -f "$log"
  echo "$name: $((SECONDS - begun)) s"
  local good=${line%% *} bad=${line##*, }
  bad=${bad%% *}
  good=${good:-0} bad=${bad:-0}
  if ((status != 0 && bad == 0)); then
    echo "$name: ended with status $status"
    bad=1
  elif ((good + bad == 0)); then
    echo "$name: reported no tests"
    bad=1
  fi
  passed=$((passed + good)) failed=$((failed + bad))
  if ((bad)); then failures+=("$name"); fi
}

# suite_if SCRIPT NAME: the suite behind SCRIPT, where there is one.
suite_if() {
  if [[ -x $1 ]]; then suite "$2" "$1"; fi
}

googletest() {
  local log status=0
  log=$(mktemp)
  "$1" --gtest_brief=1 >"$log" 2>&1 || status=$?
  grep -vE '^(Running main|\[=+\]|\[  PASSED)' "$log"
  local good bad
  good=$(sed -n 's/^\[  PASSED  \] \([0-9]*\) test.*/\1/p' "$log" | tail -1)
  bad=$(sed -n 's/^ *\([0-9]*\) FAILED TESTS\?$/\1/p' "$log" | tail -1)
  rm -f "$log"
  if ((status != 0)) && [[ -z $bad ]]; then bad=1; fi
  echo "${good:-0} passed, ${bad:-0} failed"
}

structure() {
  if python3 tests/structure/check.py . && scripts/dependencies.py check; then echo "1 passed, 0 failed"; else echo "0 passed, 1 failed"; fi
}

if ! { scripts/setup.sh test && scripts/build.sh "$preset"; }; then
  echo "0 passed, 1 failed"
  exit 1
fi
if [[ $part == build ]]; then exit 0; fi

if [[ $part != service ]]; then
  for program in "$bin"/test_*; do
    if [[ -x $program && ${program##*/} =~ $programs ]]; then suite "${program##*/} ($preset)" googletest "$program"; fi
  done
fi
if [[ $part != unit ]]; then
  suite_if tests/api/run "API scenarios ($preset)"
  suite_if tests/api/routes/run "every route, by others ($preset)"
  suite_if tests/api/live/run "live streams ($preset)"
  suite_if tests/api/studio/run "upload studio ($preset)"
  suite_if tests/load/run "loading files ($preset)"
  suite_if tests/plan/run "plan and outlines ($preset)"
  suite_if tests/sim/run "simulator ($preset)"
  suite_if tests/rules/run "decision models ($preset)"
fi
case $preset-$part in release-all | dev-all)
  suite structure structure
  suite_if tests/web/run "portal"
  suite_if tests/matrix/run "access matrix over HTTP"
  suite_if tests/fault/run "crash and disk faults"
  suite_if tests/fuzz/run "fuzzers"
  suite_if tools/parquet/test "Parquet"
  suite_if tests/mcp/run "MCP client"
  suite_if tests/ckan/run "CKAN client, harvest"
  suite_if tests/mqtt/run "MQTT"
  suite_if tests/things/run "Devices from outside"
  suite_if tests/push/run "notices on devices"
  suite_if tests/oidc/run "OpenID Connect client and provider"
  suite_if tests/e2e/run "browser"
  ;;
esac

printf '\n'
if ((failed)); then printf 'failed: %s\n' "${failures[@]}"; fi
echo "$passed passed, $failed failed"
((failed == 0))
