"""The entities of the benchmarks: about 600 bytes of normalized JSON each, like a device in a field."""
import http.client
import json


def entity(n):
    """Entity number n. `serial` is unique; `group` has 16 members; positions are spread so that 1 km holds few."""
    lon = 139.4 + (n * 0.6180339887 % 1) * 6.2
    lat = 41.4 + (n * 0.7548776662 % 1) * 4.1
    return {
        "id": f"urn:ngsi-ld:Device:{n:07d}", "type": "Device",
        "name": {"type": "Property", "value": f"水位計 {n:07d}"},
        "serial": {"type": "Property", "value": n},
        "group": {"type": "Property", "value": f"group-{n // 16:06d}"},
        "waterLevel": {"type": "Property", "value": n % 997 / 100, "unitCode": "MTR", "observedAt": "2026-04-01T06:00:00Z"},
        "status": {"type": "Property", "value": "正常に稼働しています"},
        "battery": {"type": "Property", "value": n % 101, "unitCode": "P1"},
        "location": {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [round(lon, 6), round(lat, 6)]}},
        "refMunicipality": {"type": "Relationship", "object": f"urn:ngsi-ld:Municipality:{n % 179:06d}"},
    }


def put(port, entities, connection=None):
    connection = connection or http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    connection.request("POST", "/ngsi-ld/v1/entityOperations/upsert", json.dumps(entities, separators=(",", ":")), {"Content-Type": "application/json"})
    response = connection.getresponse()
    answer = response.read()
    if response.status not in (201, 204):
        raise SystemExit(f"loading failed: {response.status} {answer[:300]}")


def load_entities(port, count, batch=1000):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    for start in range(0, count, batch):
        put(port, [entity(n) for n in range(start, min(start + batch, count))], connection)
    connection.close()
