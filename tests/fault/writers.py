"""Clients that write as fast as they can and remember what was acknowledged, and the comparison with what the server holds afterwards."""
import http.client
import json
import threading

API = "/ngsi-ld/v1"


class Writer(threading.Thread):
    """Owns entities that nobody else writes. Every write sets `left` and `right` to the same number in one request, so a half-applied write
    shows as a difference. `acknowledged[id]` is the state after the last answered write, `pending` the one write without an answer:
    afterwards the server must hold, for each entity, the acknowledged state or the state of the pending write."""

    ENTITIES = 12

    def __init__(self, port, number, rng, history):
        super().__init__(daemon=True)
        self.port, self.number, self.rng = port, number, rng
        self.acknowledged = history  # id -> number, or None when deleted or never made
        self.pending = {}
        self.answers = 0
        self.log = []  # (id, number) of acknowledged writes, in order
        self.refusals = []
        self.enough = threading.Event()

    def run(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            while not self.enough.is_set():
                self.pending = self.choose()
                method, target, body, effect = self.request(self.pending)
                connection.request(method, target, body and json.dumps(body), {"Content-Type": "application/json"})
                response = connection.getresponse()
                response.read()
                if response.status < 300:
                    self.log.extend(effect.items())
                    self.acknowledged.update(effect)
                    self.answers += 1
                else:
                    self.refusals.append((response.status, method, target))
                self.pending = {}
        except (OSError, http.client.HTTPException):
            pass  # the server is gone: that is the test
        finally:
            connection.close()

    def entity(self, i):
        return f"urn:ngsi-ld:Crash:{self.number}:{i}"

    def choose(self):
        """The states the next write leads to: {id: number or None}."""
        if self.rng.random() < 0.25:
            some = self.rng.sample(range(self.ENTITIES), self.rng.randint(2, 6))
        else:
            some = [self.rng.randrange(self.ENTITIES)]
        out = {}
        for i in some:
            name = self.entity(i)
            delete = len(some) == 1 and self.acknowledged.get(name) is not None and self.rng.random() < 0.1
            out[name] = None if delete else self.rng.randrange(1 << 40)
        return out

    def request(self, states):
        def whole(name, n):
            return {"id": name, "type": "Crash", "left": n, "right": {"type": "Property", "value": n, "unitCode": "C62"},
                    "place": {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [141 + n % 100 / 100, 43]}}}

        if len(states) > 1:
            return "POST", API + "/entityOperations/upsert", [whole(k, n) for k, n in states.items()], states
        (name, n), = states.items()
        if n is None:
            return "DELETE", f"{API}/entities/{name}", None, states
        if self.acknowledged.get(name) is None:
            return "POST", API + "/entities", whole(name, n), states
        return "PATCH", f"{API}/entities/{name}/attrs", {k: v for k, v in whole(name, n).items() if k in ("left", "right")}, states


def compare(port, writers):
    """Asserts that the server holds what was acknowledged; takes the state of unanswered writes over as the new truth. Returns entities compared."""
    compared = 0
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    for writer in writers:
        for i in range(writer.ENTITIES):
            name = writer.entity(i)
            connection.request("GET", f"{API}/entities/{name}?options=keyValues")
            response = connection.getresponse()
            body = response.read()
            assert response.status in (200, 404), f"{name}: status {response.status}: {body[:300]}"
            held = None
            if response.status == 200:
                entity = json.loads(body)
                assert entity["left"] == entity["right"], f"{name} is half applied: {entity}"
                held = entity["left"]
            allowed = [writer.acknowledged.get(name)]
            if name in writer.pending:
                allowed.append(writer.pending[name])
            assert held in allowed, f"{name} holds {held}, acknowledged was {allowed[0]}, not answered {allowed[1:]}"
            writer.acknowledged[name] = held
            compared += 1
        assert not writer.refusals, f"writes were refused: {writer.refusals[:3]}"
    connection.close()
    return compared
