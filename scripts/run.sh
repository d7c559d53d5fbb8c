#!/usr/bin/env bash
# Starts Tsunagu with the demonstration region and stays until Ctrl-C. Usage: scripts/run.sh
#   LISTEN=ADDRESS:PORT  where to listen (default 127.0.0.1:1026)
#   DATA=FOLDER          where the data are kept (default var/region)
#   REGION=full          load all open data at hand, not only the facts of the repository
#   MQTT=ADDRESS:PORT    where devices reach it by MQTT (default 127.0.0.1:1883, or a free port when that is taken; off: not)
#   AUTH=none            without sign-in: everybody on this machine may read and change everything
#   SIM=off              without the simulated devices (scripts/sim.sh, which also takes DEVICES, SPEED, SEED, START)
set -euo pipefail
cd "$(dirname "$0")/.."
listen=${LISTEN:-127.0.0.1:1026}
data=${DATA:-var/region}
url=http://$listen

if curl -s -o /dev/null "$url/"; then
  echo "run: something already answers at $url; stop it, or choose LISTEN=ADDRESS:PORT" >&2
  exit 1
fi
mkdir -p "$(dirname "$data")"
# A session of its own: Ctrl-C reaches this script only, which then asks the program to finish, once.
trust=(--auth=on --demonstration data/demonstration/accounts.toml)
if [[ ${AUTH:-on} == none ]]; then trust=(--auth=none); fi
# A broker of MQTT may be at its usual port already: then ours takes a free one.
mqtt=${MQTT:-127.0.0.1:1883}
if [[ -z ${MQTT:-} ]] && (exec 3<>/dev/tcp/127.0.0.1/1883) 2>/dev/null; then mqtt=127.0.0.1:0; fi
things=()
if [[ $mqtt != off ]]; then things=(--mqtt-listen "$mqtt"); fi
setsid build/release/bin/tsunagu serve --listen "$listen" --data "$data" "${trust[@]}" "${things[@]}" &
server=$!
simulator=
stop() {
  trap '' INT TERM
  if [[ -n $simulator ]]; then kill -TERM "$simulator" 2>/dev/null || true; fi
  kill -TERM "$server" 2>/dev/null || true
  local status=0
  wait "$server" || status=$?
  exit "$status"
}
trap stop INT TERM
trap 'kill -TERM $simulator "$server" 2>/dev/null || true' EXIT

until curl -fsS -o /dev/null "$url/ready" 2>/dev/null; do
  if ! kill -0 "$server" 2>/dev/null; then
    wait "$server"
    exit 1
  fi
  sleep 0.1
done
if [[ -x scripts/load-region.sh ]]; then KEY=$data/trust/operator.key scripts/load-region.sh "$url"; fi

alive="off"
if [[ ${SIM:-on} != off ]]; then
  if [[ -x scripts/load-networks.sh ]]; then KEY=$data/trust/operator.key scripts/load-networks.sh "$url"; fi
  LISTEN=$listen DATA=$data setsid scripts/sim.sh >"$data/simulator.log" 2>&1 &
  simulator=$!
  alive="${DEVICES:-500} simulated devices (SIM=off: none); what they say: $data/simulator.log"
fi

if [[ ${AUTH:-on} == none ]]; then
  entry="    open   sign-in is off: everybody on this machine may read and change everything"
else
  entry="    people sign in on the page with an account of the demonstration; programs with the key in $data/trust/operator.key"
fi
cat <<END

  つなぐ Tsunagu is running.
    page   $url/
    API    $url/ngsi-ld/v1        e.g.  curl '$url/ngsi-ld/v1/types'
    data   $data
    sim    $alive
$entry
  Ctrl-C stops it.

END
wait "$server"
