"""The row about MQTT: QoS 1 from a device to graph and history on disk, against the same mosquitto that delivers to a libmosquitto subscriber."""
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import tempfile
import time
import urllib.request

from process import Measured, free_port

DEVICES = 1000


def send(binaries, mode, port, messages):
    """(messages, seconds)"""
    out = subprocess.run([str(binaries / "bench_mqtt"), mode, str(port), str(messages), str(DEVICES)], capture_output=True, text=True, check=True).stdout
    count, seconds = out.split()
    return int(count), float(seconds)


class Tsunagu:
    """With a mosquitto of its own and DEVICES devices that a first message each has made."""

    def __init__(self, binaries):
        self.folder = tempfile.mkdtemp(prefix="tsunagu-bench-")
        self.mqtt = free_port()
        self.broker = Measured([str(binaries / "tsunagu"), "serve", "--log-level", "warn", "--data", self.folder + "/data", "--mqtt-listen",
                                f"127.0.0.1:{self.mqtt}", "--listen"], listen=True, cores=None)
        group = {"id": "urn:ngsi-ld:ServiceGroup:bench", "type": "ServiceGroup", "name": {"type": "Property", "value": "bench"},
                 "autoProvision": {"type": "Property", "value": True}}
        request = urllib.request.Request(f"http://127.0.0.1:{self.broker.port}/ngsi-ld/v1/entities", json.dumps(group).encode(), {"Content-Type": "application/json"})
        urllib.request.urlopen(request).close()
        while not (self.state().get("mosquitto") or {}).get("open"):
            time.sleep(0.01)
        self.run(binaries, DEVICES)

    def state(self):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.broker.port}/admin/mqtt") as answer:
            return json.load(answer)

    def run(self, binaries, messages):
        """Messages per second until all are acknowledged by Tsunagu: on disk."""
        before = self.state()["messages"]
        begin = time.monotonic()
        count, _ = send(binaries, "send", self.mqtt, messages)
        while (now := self.state()["messages"])["acknowledged"] < before["acknowledged"] + count:
            time.sleep(0.002)
        rate = count / (time.monotonic() - begin)
        if now["rejected"] != before["rejected"] or now["unknownTopic"] != before["unknownTopic"]:
            raise SystemExit(f"messages were rejected: {self.state()}")
        return rate

    def stop(self):
        self.broker.stop()
        shutil.rmtree(self.folder)


class Alone:
    """mosquitto with the same configuration, and nobody behind it."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="tsunagu-bench-")
        self.port = free_port()
        pathlib.Path(self.folder, "mosquitto.conf").write_text(
            f"user {os.environ.get('USER') or 'root'}\nallow_anonymous true\nmax_queued_messages 1000000000\nmax_inflight_messages 0\nset_tcp_nodelay true\npersistence true\n"
            f"persistence_location {self.folder}/\nautosave_interval 5\nlog_dest none\nconnection_messages false\nlistener {self.port} 127.0.0.1\n")
        program = shutil.which("mosquitto") or "/usr/sbin/mosquitto"
        self.process = subprocess.Popen([program, "-c", self.folder + "/mosquitto.conf"], stdin=subprocess.DEVNULL)
        while subprocess.run(["mosquitto_pub", "-p", str(self.port), "-t", "ready", "-n"], capture_output=True).returncode != 0:
            time.sleep(0.01)

    def run(self, binaries, messages):
        count, seconds = send(binaries, "alone", self.port, messages)
        return count / seconds

    def stop(self):
        self.process.terminate()
        self.process.wait(30)
        shutil.rmtree(self.folder)


def mqtt(bench, binaries, quick):
    messages = 100_000 if quick else 300_000
    both = {Alone: [], Tsunagu: []}
    used = []
    for _ in range(3):  # turn and turn about
        for kind in both:
            server = kind(binaries) if kind is Tsunagu else kind()
            both[kind].append(server.run(binaries, messages))
            if kind is Tsunagu:
                used.append(server.broker.cpu_seconds() * 1e6 / messages)
            server.stop()
    alone, ours = (statistics.median(each) for each in both.values())
    bench.row("MQTT QoS 1 into graph and history, fsync, against mosquitto alone to a libmosquitto subscriber", "≥ 70 %", f"{ours / alone:.0%}",
              ours / alone >= 0.7, f"{ours:,.0f} against {alone:,.0f} messages/s, two readings each; median of three each, turn and turn about; both cores; "
              f"Tsunagu without mosquitto {statistics.median(used):.1f} µs of CPU a message")
