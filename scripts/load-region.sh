#!/usr/bin/env bash
# Loads the demonstration region into a running Tsunagu; loading it again changes nothing. Usage: scripts/load-region.sh URL
#   REGION=full      also all open data at hand: evacuation sites, shelters, bear sightings, histories
#   TSUNAGU_SHARED   where that data is (default ../shared/data)
#   TSUNAGU          the program (default build/release/bin/tsunagu)
set -euo pipefail
cd "$(dirname "$0")/.."
url=${1:-}
if [[ -z $url ]]; then sed -n '2,5s/^# //p' "$0" >&2; exit 2; fi
tsunagu=${TSUNAGU:-build/release/bin/tsunagu}
shared=${TSUNAGU_SHARED:-../shared/data}
failed=0

load() {  # TITLE MAPPING FILE; of entities, the mapping is "-"
  printf '%-42s ' "$1"
  local mapping=()
  if [[ $2 != - ]]; then mapping=(--mapping "data/mappings/$2.toml"); fi
  "$tsunagu" load --to "$url" "${mapping[@]}" "$3" 2> >(grep -v '^note: .*nothing to read$' >&2) | grep -v '^Complete' || failed=1
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
if curl -fsS -o /dev/null "$url/ngsi-ld/v1/entities/urn:ngsi-ld:Plan:hokkaido-ict-2018" 2>/dev/null; then
  printf '%-42s %s\n' "The plan and its indicators" "there already"
else
  load "The plan and its indicators" - data/plan/hokkaido.json
fi
outlines=$shared/region/hokkaido_N03-21_s0010.geojson
if [[ -f $outlines ]]; then
  printf '%-42s ' "Outlines of the municipalities"
  "$tsunagu" import boundaries --to "$url" "$outlines" | grep ' are new ' || failed=1
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
