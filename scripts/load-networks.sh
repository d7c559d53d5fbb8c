#!/usr/bin/env bash
# Loads the networks of the demonstration, which are made up (docs/networks.md), into a running Tsunagu that has the region; once.
# Usage: scripts/load-networks.sh URL
#   KEY      file with a key to load with, when sign-in is on
#   TSUNAGU  the program (default build/release/bin/tsunagu)
set -euo pipefail
cd "$(dirname "$0")/.."
url=${1:-}
if [[ -z $url ]]; then sed -n '2,5s/^# //p' "$0" >&2; exit 2; fi
key=()
if [[ -n ${KEY:-} && -f $KEY ]]; then key=(--key-file "$KEY"); fi

if curl -fsS "$url/things/networks" | grep -q '"kind":"lorawan","type":"LoRaWANGateway","total":[1-9]'; then
  printf '%-42s %s\n' "Networks of the demonstration" "there already"
  exit 0
fi
load() {  # TITLE FILE OPTIONS…
  printf '%-42s ' "$1"
  "${TSUNAGU:-build/release/bin/tsunagu}" load --to "$url" "${key[@]}" "${@:3}" "data/demonstration/networks/$2" | grep -v '^Complete'
}
load "Public Wi-Fi points of the demonstration" wifi.csv --mapping data/mappings/demonstration-wifi.toml
load "When networks of the demonstration were out" states.csv --mapping data/mappings/demonstration-network-states.toml
load "Networks of the demonstration" sites.jsonl
