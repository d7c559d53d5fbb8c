#!/usr/bin/env python3
"""Bulk ingest of line protocol over HTTP: Tsunagu (graph and history, fsync on) and InfluxDB 1, the same bodies one after the other.

    bench/lines.py [--tsunagu PROGRAM] [--influxd PROGRAM] [--points 4000000] [--devices 1000] [--rounds 1]

Ten fields a line, 5,000 lines a body, four connections; while Tsunagu takes them, 100 queries a second of the graph are answered (InfluxDB
has none to answer). Points a second until the last is acknowledged, and CPU (user + system) of the server for each. InfluxDB runs with the
settings of its Debian package but for its folder; without --influxd only Tsunagu is measured.
"""
import argparse
import http.client
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
import urllib.error
import urllib.request

root = pathlib.Path(__file__).resolve().parents[1]
LINES, FIELDS = 5_000, 10


def bodies(points, devices):
    made, line = [], 0
    for _ in range(points // (LINES * FIELDS)):
        rows = []
        for _ in range(LINES):
            values = ",".join(f"f{k}={(line * 7919 + k * 104729) % 10000 / 100 + 20:.2f}" for k in range(FIELDS))
            rows.append(f"machine,device=d{line % devices} {values} {1_783_000_000 + line // devices * 10}")
            line += 1
        made.append("\n".join(rows).encode())
    return made


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_for(url):
    while True:
        try:
            urllib.request.urlopen(url, timeout=1).read()
            return
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.05)


def cpu_s(pid):
    fields = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def send(port, path, all_bodies, pid):
    """Points a second, µs of CPU each."""
    position, lock, faults = iter(all_bodies), threading.Lock(), []

    def client():
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        while True:
            with lock:
                body = next(position, None)
            if body is None:
                return
            line.request("POST", path, body)
            answer = line.getresponse()
            text = answer.read()
            if answer.status != 204:
                faults.append((answer.status, text[:200]))
                return

    before, start = cpu_s(pid), time.monotonic()
    clients = [threading.Thread(target=client) for _ in range(4)]
    for each in clients:
        each.start()
    for each in clients:
        each.join()
    seconds = time.monotonic() - start
    assert not faults, faults[0]
    points = len(all_bodies) * LINES * FIELDS
    return points / seconds, (cpu_s(pid) - before) / points * 1e6


def queries(port, over, answered):
    """100 a second: devices of a value, by the graph's index."""
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    due, n = time.monotonic(), 0
    while not over.is_set():
        start = time.monotonic()
        line.request("GET", f"/ngsi-ld/v1/entities?type=Device&q=f{n % FIELDS}%3E119.9&limit=20&format=simplified")
        answer = line.getresponse()
        answer.read()
        assert answer.status == 200, answer.status
        answered.append(time.monotonic() - start)
        n, due = n + 1, due + 0.01
        time.sleep(max(0, due - time.monotonic()))


def tsunagu(program, all_bodies):
    folder, port = tempfile.mkdtemp(prefix="lines-"), free_port()
    server = subprocess.Popen([program, "serve", "--auth=none", "--listen", f"127.0.0.1:{port}", "--data", f"{folder}/data", "--log-level", "off"])
    try:
        wait_for(f"http://127.0.0.1:{port}/ready")
        group = {"id": "urn:ngsi-ld:ServiceGroup:bulk", "type": "ServiceGroup", "name": "bulk", "autoProvision": True}
        urllib.request.urlopen(urllib.request.Request(f"http://127.0.0.1:{port}/ngsi-ld/v1/entities", json.dumps(group).encode(), {"Content-Type": "application/json"}))
        over, answered = threading.Event(), []
        asker = threading.Thread(target=queries, args=(port, over, answered))
        asker.start()
        rate, cpu = send(port, "/write?db=bulk&precision=s", all_bodies, server.pid)
        over.set()
        asker.join()
        answered.sort()
        print(f"  queries meanwhile: {len(answered)} answered, median {answered[len(answered) // 2] * 1e3:.1f} ms, "
              f"99 % below {answered[int(len(answered) * 0.99)] * 1e3:.1f} ms")
        return rate, cpu
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait()
        shutil.rmtree(folder)


def influxdb(program, all_bodies):
    folder, port, other = tempfile.mkdtemp(prefix="lines-"), free_port(), free_port()
    config = pathlib.Path(folder) / "influxdb.conf"
    config.write_text(f"""reporting-disabled = true
bind-address = "127.0.0.1:{other}"
[meta]
dir = "{folder}/meta"
[data]
dir = "{folder}/data"
wal-dir = "{folder}/wal"
query-log-enabled = false
[http]
bind-address = "127.0.0.1:{port}"
log-enabled = false
[logging]
level = "error"
""")
    server = subprocess.Popen([program, "-config", str(config)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for(f"http://127.0.0.1:{port}/ping")
        urllib.request.urlopen(f"http://127.0.0.1:{port}/query", b"q=CREATE+DATABASE+bulk").read()
        return send(port, "/write?db=bulk&precision=s", all_bodies, server.pid)
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait()
        shutil.rmtree(folder)


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--tsunagu", default=str(root / "build/release/bin/tsunagu"))
    arguments.add_argument("--influxd")
    arguments.add_argument("--points", type=int, default=4_000_000)
    arguments.add_argument("--devices", type=int, default=1_000)
    arguments.add_argument("--rounds", type=int, default=1)
    a = arguments.parse_args()
    all_bodies = bodies(a.points, a.devices)
    for _ in range(a.rounds):
        rate, cpu = tsunagu(a.tsunagu, all_bodies)
        print(f"Tsunagu   {rate:10.0f} points/s  {cpu:6.2f} us of CPU each", flush=True)
        if a.influxd:
            theirs, their_cpu = influxdb(a.influxd, all_bodies)
            print(f"InfluxDB  {theirs:10.0f} points/s  {their_cpu:6.2f} us of CPU each\nratio     {rate / theirs:10.2f}x", flush=True)


if __name__ == "__main__":
    main()
