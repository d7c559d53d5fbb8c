#!/usr/bin/env bash
# Checks the source: direction of includes, format, clang-tidy. Usage: scripts/lint.sh [FILE.cpp…]  (default: all)
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/setup.sh lint
status=0
python3 tests/structure/check.py . || status=1
git ls-files '*.h' '*.cpp' '*.cc' | xargs clang-format --dry-run -Werror || status=1
scripts/build.sh asan tsunagu_precompiled >/dev/null # the compile commands of clang
files=("$@")
if ((${#files[@]} == 0)); then mapfile -t files < <(git ls-files 'src/*.cpp'); fi
printf '%s\n' "${files[@]}" | xargs -P "$(nproc)" -n 4 clang-tidy-19 -p build/asan --quiet --warnings-as-errors='*' || status=1
exit $status
