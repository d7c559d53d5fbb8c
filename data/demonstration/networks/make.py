#!/usr/bin/env python3
"""Makes up the networks of the demonstration, always the same: python3 data/demonstration/networks/make.py

Nothing of it is real. Wi-Fi points are spread over the municipalities by their residents; a blizzard in February 2026 puts some points out.
wifi.csv: points; states.csv: what their state was, and when; sites.jsonl: gateways, base stations, areas, their devices, the indicator.
"""
import csv
import json
import math
import pathlib
import random

here = pathlib.Path(__file__).resolve().parent
towns = list(csv.DictReader((here.parents[1] / "region/municipalities.csv").open(encoding="utf-8")))
r = random.Random(6)
POINTS = 1560  # the plan of 2018 counted 1,527 in September 2019 and wanted 1,657
PLACES = [("役場・市役所", "Town office"), ("図書館", "Library"), ("公民館", "Community hall"), ("駅前", "Station square"), ("道の駅", "Roadside station"),
          ("病院", "Hospital"), ("体育館", "Gymnasium"), ("観光案内所", "Tourist office"), ("温泉", "Hot spring"), ("避難所", "Shelter"),
          ("学校", "School"), ("公園", "Park")]
REASONS = ["停電", "silent", "silent", "回線障害", "保守"]


def beside(town, spread_km):
    angle, far = r.uniform(0, 2 * math.pi), abs(r.gauss(0, spread_km))
    lat = float(town["office_lat"]) + far * math.sin(angle) / 111.2
    return round(lat, 5), round(float(town["office_lng"]) + far * math.cos(angle) / (111.2 * math.cos(math.radians(lat))), 5)


def instant(day, hour, minute):
    return f"2026-02-{day:02}T{hour:02}:{minute:02}:00Z"


def prop(value, kind="Property"):
    return {"type": kind, {"Relationship": "object", "LanguageProperty": "languageMap"}.get(kind, "value"): value}


states = []  # (type, key, time, state, reason)


def live(kind, key, risk):
    states.append((kind, key, "2026-01-01T00:00:00Z", "working", ""))
    if r.random() < risk:
        day, hour, reason = r.choice([10, 10, 10, 11, 18]), r.randrange(24), r.choice(REASONS)
        states.append((kind, key, instant(day, hour, r.randrange(60)), "outOfService", reason))
        if r.random() < 0.7:
            states.append((kind, key, instant(day + r.choice([1, 1, 2]), r.randrange(24), r.randrange(60)), "working", ""))


# At least two a municipality, the others by residents.
people = sum(int(t["population"]) for t in towns)
share = [2 + int(t["population"]) * (POINTS - 2 * len(towns)) / people for t in towns]
count = [int(s) for s in share]
for i in sorted(range(len(towns)), key=lambda i: share[i] - count[i], reverse=True)[: POINTS - sum(count)]:
    count[i] += 1
with (here / "wifi.csv").open("w", encoding="utf-8", newline="") as file:
    out = csv.writer(file, lineterminator="\n")
    out.writerow(["id", "municipality", "name", "name_en", "lat", "lng", "radius"])
    for town, n in zip(towns, count):
        for i in range(n):
            ja, en = PLACES[i % len(PLACES)]
            number = "" if i < len(PLACES) else f" {i // len(PLACES) + 1}"
            lat, lng = beside(town, 0.4 if i < 3 else 2.5)
            key = f"demo-{town['code6']}-{i + 1}"
            out.writerow([key, town["code6"], f"{town['name']} {ja}{number}", f"{town['name_en']} {en}{number}", lat, lng, r.choice([40, 60, 80, 120])])
            live("WiFiAccessPoint", key, 0.04)

sites = [
    {"id": "urn:ngsi-ld:DeviceModel:demo-network", "type": "DeviceModel",
     "name": prop({"ja": "通信網の装置（見本）", "en": "Network apparatus (sample)"}, "LanguageProperty"), "category": prop("network"),
     "expectedInterval": {**prop(60), "unitCode": "SEC"}, "simulated": prop(True)},
    {"id": "urn:ngsi-ld:ServiceGroup:network", "type": "ServiceGroup", "name": prop("network"), "description": prop("通信網の装置（見本）"), "simulated": prop(True)},
    {"id": "urn:ngsi-ld:KeyPerformanceIndicator:public-wifi-points", "type": "KeyPerformanceIndicator",
     "name": prop({"ja": "公衆無線LANの地点（登録簿から計算。シミュレーションを含む）", "en": "Public Wi-Fi points (counted in the register, simulated ones among them)"}, "LanguageProperty"),
     "unit": prop({"ja": "か所", "en": "points"}, "LanguageProperty"), "direction": prop("higher"), "digits": prop(0), "rounding": prop("half-up"), "position": prop(4),
     "refMeasure": prop("urn:ngsi-ld:Measure:hokkaido-ict-2018:4", "Relationship"), "simulated": prop(True),
     "target": {**prop(1657), "datasetId": "urn:ngsi-ld:Plan:hokkaido-ict-2018", "dueDate": prop("2021-03-31")},
     "definition": prop({"aggregate": "count", "type": "WiFiAccessPoint"})},
]


def site(kind, town, ja, en, spread, protocol, risk, **coverage):
    key = f"demo-{town['code6']}"
    lat, lng = beside(town, spread)
    place = prop({"type": "Point", "coordinates": [lng, lat]}, "GeoProperty")
    urn, address = f"urn:ngsi-ld:{kind}:{key}", f"{protocol}-{town['code6']}"
    name = prop({"ja": f"{town['name']} {ja}", "en": f"{town['name_en']} {en}"}, "LanguageProperty")
    sites.append({"id": urn, "type": kind, "name": name, "location": place, "simulated": prop(True),
                  "refMunicipality": prop(f"urn:ngsi-ld:Municipality:{town['code6']}", "Relationship"), **coverage})
    sites.append({"id": f"urn:ngsi-ld:Device:network:{address}", "type": "Device", "name": name, "serviceGroup": prop("network"), "deviceAddress": prop(address),
                  "category": prop("network"), "supportedProtocol": prop(protocol), "refDeviceModel": prop("urn:ngsi-ld:DeviceModel:demo-network", "Relationship"),
                  "controlledAsset": prop(urn, "Relationship"), "location": place, "simulated": prop(True),
                  "owner": prop("urn:ngsi-ld:Organization:hokkaido", "Relationship")})
    live(kind, key, risk)


def outline(town, km):
    lat0, lng0 = float(town["office_lat"]), float(town["office_lng"])
    ring = []
    for i in range(12):
        angle, far = 2 * math.pi * i / 12, km * r.uniform(0.6, 1.2)
        lat = lat0 + far * math.sin(angle) / 111.2
        ring.append([round(lng0 + far * math.cos(angle) / (111.2 * math.cos(math.radians(lat))), 5), round(lat, 5)])
    return prop({"type": "Polygon", "coordinates": [ring + ring[:1]]}, "GeoProperty")


rural = sorted((t for t in towns if t["kind"] != "city"), key=lambda t: -float(t["area_km2"]))[:36]
large = sorted(towns, key=lambda t: -int(t["population"]))
for town in rural:
    site("LoRaWANGateway", town, "LoRaWAN ゲートウェイ", "LoRaWAN gateway", 1, "lorawan", 0.3, coverageRadius={**prop(r.choice([5000, 8000, 12000])), "unitCode": "MTR"})
for town in large[:24]:
    site("CellularBaseStation", town, "5G 基地局", "5G base station", 0.8, "5g", 0.1, coverageRadius={**prop(r.choice([400, 800, 1500])), "unitCode": "MTR"})
for town in large[:60]:
    site("BroadbandArea", town, "光回線", "fibre", 0.1, "broadband", 0.08, coverageArea=outline(town, 1.5 + math.sqrt(int(town["population"])) / 90))

with (here / "sites.jsonl").open("w", encoding="utf-8") as file:
    for entity in sites:
        file.write(json.dumps(entity, ensure_ascii=False, separators=(",", ":")) + "\n")
with (here / "states.csv").open("w", encoding="utf-8", newline="") as file:
    out = csv.writer(file, lineterminator="\n")
    out.writerow(["type", "key", "at", "state", "reason"])
    out.writerows(states)
