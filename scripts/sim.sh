#!/usr/bin/env bash
# Makes the region of a running Tsunagu live with simulated devices, until Ctrl-C. Usage: scripts/sim.sh
#   LISTEN=ADDRESS:PORT  where Tsunagu listens (default 127.0.0.1:1026)
#   DATA=FOLDER          its data folder: the key in it is used (default var/region)
#   DEVICES=500          how many devices, up to 1000000
#   SPEED=1              how fast simulated time runs, up to 3600
#   SEED=1               the same seed, the same region
#   START=DATE           simulated time at the start (default now); START=2026-07-08 with COLD=1 is a cold July
#   RULES=off            do not give the server the rules for paddy water (data/automation) that it does not have
#   TSUNAGU_SHARED       where a GTFS feed is (default ../shared/data); without it buses run on a made-up line
set -euo pipefail
cd "$(dirname "$0")/.."
data=${DATA:-var/region} shared=${TSUNAGU_SHARED:-../shared/data}
options=(--to "http://${LISTEN:-127.0.0.1:1026}" --devices "${DEVICES:-500}" --speed "${SPEED:-1}" --seed "${SEED:-1}")
if [[ -f $data/trust/operator.key ]]; then options+=(--key-file "$data/trust/operator.key"); fi
if [[ -d $shared/gtfs/merged-hokkaido ]]; then options+=(--gtfs "$shared/gtfs/merged-hokkaido"); fi
if [[ ${RULES:-on} != off ]]; then options+=(--rules data/automation/paddy-water.toml); fi
if [[ -n ${START:-} ]]; then options+=(--start "$START"); fi
if [[ -n ${COLD:-} ]]; then options+=(--cold-july); fi
exec "${TSUNAGU_SIM:-build/release/bin/tsunagu-sim}" run "${options[@]}"
