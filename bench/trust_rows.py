"""The rows about trust: the program with sign-in, policy and audit log against the same program without, over HTTP."""
import http.client
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import tempfile

from process import Measured, wrk

here = pathlib.Path(__file__).resolve().parent
root = here.parent
VISIBLE = 200
CLINIC, OTHER = "urn:ngsi-ld:Organization:demo-clinic", "urn:ngsi-ld:Organization:elsewhere"


def record(n, kind="HealthObservation"):
    """Health record number n, about 600 bytes. The clinic of the demonstration made the first 200 and sees them."""
    return {
        "id": f"urn:ngsi-ld:{kind}:{n:07d}", "type": kind,
        "kind": {"type": "Property", "value": "systolic-blood-pressure"},
        "observedValue": {"type": "Property", "value": 100 + n % 60, "unitCode": "mm[Hg]", "observedAt": "2026-04-01T06:00:00Z"},
        "note": {"type": "Property", "value": "朝、起きてすぐに座って測った値。薬はまだ飲んでいない。" * 2},
        "refResident": {"type": "Relationship", "object": f"urn:ngsi-ld:Resident:{n % 5000:05d}"},
        "provider": {"type": "Relationship", "object": CLINIC if n < VISIBLE else OTHER},
    }


class Signed:
    """A broker with `count` health records. With `on`: sign-in, the region's policy, the audit log, and the clinic's session."""

    def __init__(self, binary, count, on):
        self.folder = tempfile.mkdtemp(prefix="tsunagu-bench-")
        trust = ["--auth=on", "--demonstration", str(root / "data/demonstration/accounts.toml"), "--subject-requests", "0", "--visitor-requests", "0"] if on else ["--auth=none"]
        self.broker = Measured([str(binary), "serve", "--threads", "1", "--log-level", "warn", *trust, "--data", self.folder + "/data", "--listen"], listen=True)
        key = pathlib.Path(self.folder, "data/trust/operator.key")
        self.headers = {"Content-Type": "application/json"} | ({"Authorization": "Bearer " + key.read_text().split()[0]} if on else {})
        for start in range(0, count, 1000):
            self.put([record(n) for n in range(start, min(start + 1000, count))])
        self.cookie = ""
        if on:
            for file in ("people", "relations"):
                subprocess.run([str(binary), "load", "--to", f"http://127.0.0.1:{self.broker.port}", "--key-file", str(key), str(root / f"data/demonstration/{file}.jsonl")],
                               check=True, stdout=subprocess.DEVNULL)
            connection = http.client.HTTPConnection("127.0.0.1", self.broker.port, timeout=120)
            connection.request("POST", "/auth/demo", '{"account":"clinic"}', {"Content-Type": "application/json"})
            answer = connection.getresponse()
            answer.read()
            self.cookie = answer.headers["Set-Cookie"].split(";")[0]
        self.broker.wait_until_idle()

    def put(self, entities):
        connection = http.client.HTTPConnection("127.0.0.1", self.broker.port, timeout=120)
        connection.request("POST", "/ngsi-ld/v1/entityOperations/upsert", json.dumps(entities), self.headers)
        answer = connection.getresponse()
        if answer.status != 201:
            raise SystemExit(f"loading failed: {answer.status} {answer.read()[:300]}")
        answer.read()

    def cost(self, seconds, query="", kind="HealthObservation"):
        os.environ |= {"BENCH_VISIBLE": str(VISIBLE), "BENCH_QUERY": query, "BENCH_KIND": kind, "BENCH_COOKIE": self.cookie}
        return self.broker.cpu_per_request(lambda: wrk(self.broker.port, seconds, 64, str(here / "lua/trust.lua")))

    def stop(self):
        self.broker.stop()
        shutil.rmtree(self.folder)


def against(bench, measure, must, detail, one, other):
    """Turn and turn about, three times each; the median of each."""
    pairs = [(one(), other()) for _ in range(3)]
    mine, theirs = (statistics.median(each.us for each in side) for side in zip(*pairs))
    errors = sum(each.errors for pair in pairs for each in pair)
    bench.row(measure, f"≤ {must}×", f"{mine / theirs:.2f}×", mine / theirs <= must and not errors,
              f"{mine:.1f} µs against {theirs:.1f} µs; {detail}" + (f"; {errors} ERRORS" if errors else ""))


def trust(bench, binaries):
    many = Signed(binaries / "tsunagu", 100_000, on=True)
    open_one = Signed(binaries / "tsunagu", 100_000, on=False)
    against(bench, "GET of a health record: session, policy, audit log", 1.3, "without sign-in", lambda: many.cost(bench.seconds), lambda: open_one.cost(bench.seconds))
    open_one.stop()
    # The same bytes, caller and policy, as something that anybody may see: nothing of it is logged.
    many.put([record(n, "CareStatistics") for n in range(VISIBLE)])
    against(bench, "audit log: GET of a health record, each one logged", 1.15, "the same records under a type that is not personal, same session: not logged",
            lambda: many.cost(bench.seconds), lambda: many.cost(bench.seconds, kind="CareStatistics"))
    few = Signed(binaries / "tsunagu", VISIBLE, on=True)
    query = "/ngsi-ld/v1/entities?type=HealthObservation&limit=20&offset=100"
    against(bench, f"query over 100,000 health records of which {VISIBLE} are visible, a page of 20", 1.5, f"where there are only those {VISIBLE}",
            lambda: many.cost(bench.seconds, query), lambda: few.cost(bench.seconds, query))
    few.stop()
    many.stop()
