#!/usr/bin/env bash
# Configures and compiles. Usage: scripts/build.sh PRESET [TARGET…]   (presets: CMakePresets.json; no target: everything)
# Two at once in one preset follow one another. TSUNAGU_TOGETHER=ON: for a build that is made once.
set -euo pipefail
cd "$(dirname "$0")/.."
preset=$1
shift
mkdir -p "build/$preset"
exec 9>"build/$preset/.lock"
flock 9
cmake --preset "$preset" -DTSUNAGU_TOGETHER="${TSUNAGU_TOGETHER:-OFF}" >/dev/null
cmake --build --preset "$preset" --parallel "$(nproc)" ${1:+--target "$@"}
