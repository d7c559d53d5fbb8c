"""The rows about history and notices: the real program over HTTP where a request is measured, the part alone where the table asks for that."""
import http.client
import json
import os
import pathlib
import random
import re
import shutil
import sqlite3
import subprocess
import tempfile
import time
import urllib.parse

from process import Measured

API = "/ngsi-ld/v1"
HOUR = 3600
START = 1_704_067_200  # 2024-01-01T00:00:00Z


def instant(seconds):
    days, rest = divmod(seconds - START, 86400)
    import datetime
    day = datetime.date(2024, 1, 1) + datetime.timedelta(days=days)
    return f"{day.isoformat()}T{rest // 3600:02d}:{rest // 60 % 60:02d}:{rest % 60:02d}Z"


class Client:
    def __init__(self, port):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=600)

    def ask(self, method, path, body=None, expected=(200, 201, 204, 206)):
        headers = {"Content-Type": "application/json"} if body is not None else {}
        self.connection.request(method, API + path, json.dumps(body, separators=(",", ":")) if body is not None else None, headers)
        answer = self.connection.getresponse()
        text = answer.read()
        if answer.status not in expected:
            raise SystemExit(f"{method} {path}: {answer.status} {text[:300]}")
        return answer, text


def walk(seed, step=0.02):
    """A slowly changing level in metres, two decimals."""
    rng = random.Random(seed)
    level = 3.0
    while True:
        level = min(9.0, max(0.0, level + rng.choice((-step, -step / 2, 0, 0, 0, step / 2, step))))
        yield round(level, 2)


def load_series(client, entity, points, every, values, batch=10_000):
    """`points` instances of `level`, one each `every` seconds from 2024-01-01 on, through the temporal API."""
    for first in range(0, points, batch):
        instances = [{"type": "Property", "value": next(values), "observedAt": instant(START + i * every)} for i in range(first, min(first + batch, points))]
        body = {"id": entity, "type": "Gauge", "level": instances}
        client.ask("POST", "/temporal/entities", body)


def wait_until_folded(data):
    """Until everything written is in leaves. The file is only looked at."""
    with sqlite3.connect(f"file:{data}/tsunagu.db?mode=ro", uri=True) as file:
        while True:
            written, folded = file.execute("SELECT (SELECT max(sequence) FROM journal), (SELECT value FROM meta WHERE key='folded_sequence')").fetchone()
            if written is None or folded >= written:
                return
            time.sleep(0.2)


def cpu_ms(broker, client, path, times):
    """CPU milliseconds of the whole process for one request of `path`; and the last answer."""
    client.ask("GET", path)
    before = broker.cpu_seconds()
    for _ in range(times):
        answer, text = client.ask("GET", path)
    return (broker.cpu_seconds() - before) * 1000 / times, answer, text


def query(**parameters):
    return "?" + urllib.parse.urlencode(parameters)


def history(bench, binaries, quick):
    """Aggregates, raw ranges, bytes on disk."""
    folder = tempfile.mkdtemp(prefix="tsunagu-bench-")
    command = [str(binaries / "tsunagu"), "serve", "--threads", "1", "--log-level", "warn", "--data", folder + "/data", "--listen"]
    try:
        broker = Measured(command[:-1] + ["--fold-bytes", "0", "--listen"], listen=True)
        client = Client(broker.port)
        load_series(client, "urn:ngsi-ld:Gauge:one", 100_000, 60, walk(1))
        wait_until_folded(folder + "/data")
        window = dict(timerel="between", timeAt=instant(START), endTimeAt=instant(START + 100_000 * 60), attrs="level")
        ms, _, text = cpu_ms(broker, client, "/temporal/entities/urn:ngsi-ld:Gauge:one" +
                             query(format="aggregatedValues", aggrMethods="avg,min,max", aggrPeriodDuration="PT1H", **window), 40)
        buckets = len(json.loads(text)["level"]["avg"])
        bench.row("aggregate over 100,000 points of one series, 1-hour buckets", "≤ 5 ms CPU", f"{ms:.2f} ms", ms <= 5, f"{buckets} buckets, avg, min and max")
        window["endTimeAt"] = instant(START + 10_000 * 60)
        ms, answer, text = cpu_ms(broker, client, "/temporal/entities/urn:ngsi-ld:Gauge:one" + query(format="temporalValues", **window), 40)
        pairs = len(json.loads(text)["level"]["values"])
        bench.row("raw range of 10,000 points, simplified", "≤ 8 ms CPU", f"{ms:.2f} ms", ms <= 8 and pairs == 10_000, f"{pairs} points, {len(text):,} bytes, status {answer.status}")
        broker.stop()
        shutil.rmtree(folder + "/data")

        series, points = (100, 10_000) if quick else (1000, 10_000)
        broker = Measured(command[:-1] + ["--fold-bytes", "1000000", "--listen"], listen=True, cores=None)
        client = Client(broker.port)
        for n in range(series):
            load_series(client, f"urn:ngsi-ld:Gauge:{n:04d}", points, 600, walk(n))
        broker.stop()
        broker = Measured(command[:-1] + ["--fold-bytes", "0", "--listen"], listen=True)  # what is left goes into leaves now
        client = Client(broker.port)
        wait_until_folded(folder + "/data")
        window = dict(timerel="between", timeAt=instant(START), endTimeAt=instant(START + points * 600), type="Gauge", limit=1000)
        ms, _, text = cpu_ms(broker, client, "/temporal/entities" + query(format="aggregatedValues", aggrMethods="avg", aggrPeriodDuration="P1D", **window), 3)
        must = 300 * series // 1000
        bench.row(f"aggregate over {series * points / 1e6:g} M points of {series:,} series, daily", f"≤ {must} ms CPU", f"{ms:.0f} ms", ms <= must,
                  f"{len(json.loads(text)):,} entities, {len(text):,} bytes")
        broker.stop()
        with sqlite3.connect(f"file:{folder}/data/tsunagu.db?mode=ro", uri=True) as file:
            size = file.execute("SELECT (SELECT sum(length(data)) FROM leaf) + (SELECT sum(length(data)) FROM life)").fetchone()[0]
        bench.row("the same points: leaves and what finds them", "≤ 4 bytes a point", f"{size / series / points:.2f}", size <= 4 * series * points,
                  "slowly changing, loaded through the temporal API, folded")
    finally:
        shutil.rmtree(folder)


def watched_patch(bench, wrk_patch):
    """PATCH with and without 1,000 subscriptions that do not match, turn and turn about on one broker."""
    os.environ["BENCH_ENTITIES"] = "100000"
    broker = bench.start(100_000)
    client = Client(broker.port)
    without, with_them = [], []
    for _ in range(3):
        without.append(broker.cpu_per_request(lambda: wrk_patch(broker.port)).us)
        ids = []
        for n in range(1000):
            kind = ({"entities": [{"type": f"Other{n}"}]}, {"entities": [{"type": "Device", "id": f"urn:ngsi-ld:Device:x{n}"}]},
                    {"entities": [{"type": "Device"}], "watchedAttributes": [f"attribute{n}"]})[n % 3]
            answer, _ = client.ask("POST", "/subscriptions", {"type": "Subscription", **kind,
                                                              "notification": {"endpoint": {"uri": "http://127.0.0.1:9/unused"}}})
            ids.append(answer.getheader("Location").rsplit("/", 1)[1])
        with_them.append(broker.cpu_per_request(lambda: wrk_patch(broker.port)).us)
        for each in ids:
            client.ask("DELETE", "/subscriptions/" + each)
    broker.stop()
    shutil.rmtree(bench.folder)
    ratio = min(with_them) / min(without)
    bench.row("PATCH with history and 1,000 unrelated subscriptions", "≤ 1.1× without", f"{ratio:.2f}×", ratio <= 1.1,
              f"{min(with_them):.1f} µs against {min(without):.1f} µs, the lesser of three each, turn and turn about")


def parts(bench, binaries, name, arguments, rows):
    """A benchmark program of one part. Each of `rows` is (measure, must, pattern in its output, does the figure hold, unit)."""
    run = subprocess.run([str(binaries / name), *arguments], capture_output=True, text=True, check=False)
    for measure, must, pattern, holds, unit in rows:
        found = re.search(pattern, run.stdout)
        value = float(found.group(1)) if found else float("nan")
        bench.row(measure, must, f"{value:,g} {unit}", bool(found) and holds(value), " ".join(["build/release/bin/" + name, *arguments]))


def all_parts(bench, binaries):
    parts(bench, binaries, "bench_history", [], [
        ("history on disk: a slowly changing series", "≤ 4 bytes a point", r"slowly changing, written \+-500 ms\s+([\d.]+)", lambda v: v <= 4, "bytes"),
        ("history on disk: random numbers", "≤ 12 bytes a point", r"random doubles, written \+-500 ms\s+([\d.]+)", lambda v: v <= 12, "bytes")])
    parts(bench, binaries, "bench_matching", [], [
        ("one write that matches 1,000 of 100,000 subscriptions, by id", "≤ 1 ms", r"concerned, by id .*concerned, +([\d.]+) us a change", lambda v: v <= 1000, "µs"),
        ("the same, by threshold", "≤ 1 ms", r"concerned, by threshold .*concerned, +([\d.]+) us a change", lambda v: v <= 1000, "µs")])
    parts(bench, binaries, "bench_notify", ["--notices", "100000", "--rate", "3000"], [
        ("deliveries to 100 healthy endpoints while 100 are dead", "≥ 20,000/s per core", r"100 that do not .*?([\d]+)/s per core", lambda v: v >= 20_000, "/s"),
        ("the same at a steady rate: 99 of 100 told within", "≤ 50 ms", r"(?s).*100 that do not[^\n]*p99 +([\d.]+) ms", lambda v: v <= 50, "ms")])
