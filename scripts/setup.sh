#!/usr/bin/env bash
# Installs what a bare Debian 12 lacks. Usage: scripts/setup.sh [build|bench|test|lint]
#   build  to compile and run the program (default)
#   bench  also to measure
#   test   also to run every test
#   lint   also to check the source
# Does nothing, quickly, when nothing is missing. Needs root or sudo only when something is.
set -euo pipefail
export LC_ALL=C.UTF-8
cd "$(dirname "$0")/.."
what=${1:-build}

packages=(
  build-essential cmake ninja-build mold ccache pkg-config git make python3  # build
  libfmt-dev libspdlog-dev libexpected-dev libxxhash-dev libsimdjson-dev     # base
  libre2-dev libgeos-dev libicu-dev                                          # ngsi
  libsqlite3-dev libzstd-dev libabsl-dev                                     # store
  libsodium-dev libfido2-dev libcbor-dev libcjose-dev libjansson-dev libqrencode-dev # trust
  libboost1.81-dev libssl-dev zlib1g-dev libcurl4-openssl-dev libmosquitto-dev # gateway
  libxlsxwriter-dev libserd-dev libexpat1-dev libzip-dev                     # catalog
  libintelrdfpmath-dev                                                       # platform: decimal numbers
  libcairo2-dev libpango1.0-dev fonts-noto-cjk                               # gateway: reports
  libcli11-dev libtomlplusplus-dev libmimalloc-dev                           # app
  libgtest-dev libgmock-dev librapidcheck-dev libbenchmark-dev               # tests and benchmarks are configured always
  curl ca-certificates mosquitto                                             # make run
)
command -v node >/dev/null || packages+=(nodejs)  # the portal
command -v npm >/dev/null || packages+=(npm)
case $what in
  build) ;;
  bench) packages+=(wrk) ;;
  test | lint)
    packages+=(clang-19 libclang-rt-19-dev mosquitto-clients openssl)
    packages+=(chromium)
    if [[ $what == lint ]]; then packages+=(clang-format clang-tidy-19); fi
    ;;
  *)
    sed -n '2,7s/^# //p' "$0" >&2
    exit 2
    ;;
esac

installed=$(dpkg-query -W -f='${db:Status-Status} ${Package}\n' 2>/dev/null | sed -n 's/^installed //p' | sort -u || true)
mapfile -t missing < <(comm -23 <(printf '%s\n' "${packages[@]}" | sort -u) <(printf '%s\n' "$installed"))
if ((${#missing[@]})); then
  if ! command -v apt-get >/dev/null; then
    echo "setup: this is not Debian; install what these packages hold: ${missing[*]}" >&2
    exit 1
  fi
  as_root=()
  if ((EUID != 0)); then as_root=(sudo); fi
  echo "setup: installing ${missing[*]}"
  export DEBIAN_FRONTEND=noninteractive
  "${as_root[@]}" apt-get update -qq
  "${as_root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi

# Node packages, those of the lock files, when one changed: the portal's always, the tests' to test. (Not by `npm ci`: it
# refuses lock files without the binaries of other platforms, which not every registry has.)
locks=(web/package-lock.json)
if [[ $what == test || $what == lint ]]; then mapfile -t locks < <(git ls-files '*package-lock.json'); fi
for lock in "${locks[@]}"; do
  folder=$(dirname "$lock")
  if ! cmp -s "$lock" "$folder/node_modules/.installed"; then
    (cd "$folder" && PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 npm install --no-save --no-audit --no-fund --loglevel=error)
    cp "$lock" "$folder/node_modules/.installed"
  fi
done
