#!/usr/bin/env bash
# Loads the demonstration region into a running Tsunagu; loading it again changes nothing. Usage: scripts/load-region.sh URL
#   REGION=full      also all open data at hand: evacuation sites, shelters, bear sightings, histories
#   TSUNAGU_SHARED   where that data is (default ../shared/data)
#   KEY              file with a key to load with, when sign-in is on
#   TSUNAGU          the program (default build/release/bin/tsunagu)
set -euo pipefail
cd "$(dirname "$0")/.."
url=${1:-}
if [[ -z $url ]]; then sed -n '2,6s/^# //p' "$0" >&2; exit 2; fi
tsunagu=${TSUNAGU:-build/release/bin/tsunagu}
shared=${TSUNAGU_SHARED:-../shared/data}
failed=0
key=()
if [[ -n ${KEY:-} && -f $KEY ]]; then key=(--key-file "$KEY"); fi

# there URN: has the program an entity of this id?
there() {
  local header=''
  if ((${#key[@]})); then header="Authorization: Bearer $(head -1 "$KEY")"; fi
  curl -fsS -o /dev/null -H @- "$url/ngsi-ld/v1/entities/$1" 2>/dev/null <<<"$header"
}

load() {  # TITLE MAPPING FILE; of entities, the mapping is "-"
  printf '%-42s ' "$1"
  local mapping=()
  if [[ $2 != - ]]; then mapping=(--mapping "data/mappings/$2.toml"); fi
  "$tsunagu" load --to "$url" "${key[@]}" "${mapping[@]}" "$3" 2> >(grep -v '^note: .*nothing to read$' >&2) | grep -v '^Complete' || failed=1
}

full=0
if [[ ${REGION:-} == full ]]; then
  if [[ -d $shared/shelter ]]; then
    full=1
  else
    echo "REGION=full: no data at $shared (set TSUNAGU_SHARED): loading only the facts of the repository" >&2
  fi
fi

# The history goes first, so that each value is once what is; a value older than that of the broker goes into its past only.
if ((full)); then load "My Number cards, 46 dates" cards-history "$shared/mynumber/hokkaido_long.csv"; fi
load "14 subprefectures" subprefectures data/region/subprefectures.csv
load "179 municipalities" municipalities data/region/municipalities.csv
load "Data sets of the region" - data/catalog/region.json
# Once: what people change afterwards, they change here.
if there urn:ngsi-ld:Plan:hokkaido-ict-2018; then
  printf '%-42s %s\n' "The plan and its indicators" "there already"
else
  load "The plan and its indicators" - data/plan/hokkaido.json
fi
# Once, until the last of them is there: consents and the like are theirs afterwards.
if there urn:ngsi-ld:HealthObservation:demo-l-weight; then
  printf '%-42s %s\n' "People of the demonstration" "there already"
else
  load "People of the demonstration" - data/demonstration/people.jsonl
  load "Who is whose patient, guardian, officer" - data/demonstration/relations.jsonl
  load "Care records of the demonstration" - data/demonstration/care.jsonl
  load "Health records of the demonstration" demonstration-health data/demonstration/health.csv
fi
load "Devices of the demonstration" - data/demonstration/devices.jsonl
outlines=$shared/region/hokkaido_N03-21_s0010.geojson
if [[ -f $outlines ]]; then
  printf '%-42s ' "Outlines of the municipalities"
  "$tsunagu" import boundaries --to "$url" "${key[@]}" "$outlines" | grep ' are new ' || failed=1
fi
if ((full)); then
  load "Designated emergency evacuation sites" evacuation-sites "$shared/shelter/emergency"
  load "Designated shelters" shelters "$shared/shelter/evacuation"
  load "Brown bear sightings in Sapporo" bear-sightings "$shared/bear/sapporo_bears.geojson"
  load "COVID-19 in Hokkaido, 326 days" covid19-history "$shared/crisis/toyokeizai/hokkaido_prefectures.csv"
  load "Data sets of the open data" - data/catalog/open-data.json
fi
if ((failed)); then echo "The region is not complete: see above." >&2; fi
exit "$failed"
