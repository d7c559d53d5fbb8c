"""Server processes under measure, and the load on them."""
import dataclasses
import os
import re
import signal
import socket
import subprocess
import time

TICKS = os.sysconf("SC_CLK_TCK")


@dataclasses.dataclass
class Cost:
    us: float      # CPU microseconds per request
    rate: float    # requests per second
    errors: int


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Measured:
    """A server on core 0 (or on `cores`) whose CPU time can be read."""

    def __init__(self, command, listen=False, cores="0"):
        self.port = free_port()
        pinned = ["taskset", "-c", cores] if cores else []
        self.process = subprocess.Popen(pinned + command + [f"127.0.0.1:{self.port}" if listen else str(self.port)], stdin=subprocess.DEVNULL)
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                if self.process.poll() is not None:
                    raise SystemExit(f"{command[0]} did not start") from None
                time.sleep(0.005)

    def cpu_seconds(self):
        with open(f"/proc/{self.process.pid}/stat") as stat:
            fields = stat.read().rsplit(") ", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def resident_bytes(self):
        with open(f"/proc/{self.process.pid}/statm") as statm:
            return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    def wait_until_idle(self):
        """Until what loading left to do in the background (folding of history, a checkpoint) is done."""
        before = -1.0
        while (now := self.cpu_seconds()) - before > 0.02:
            before = now
            time.sleep(0.5)

    def cpu_per_request(self, load):
        before = self.cpu_seconds()
        requests, rate, errors = load()
        return Cost((self.cpu_seconds() - before) * 1e6 / max(requests, 1), rate, errors)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(120)


def wrk(port, seconds, connections, script):
    """Load from core 1. Returns (requests, requests per second, answers that were errors)."""
    result = subprocess.run(["taskset", "-c", "1", "wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "20s", "-s", script,
                             f"http://127.0.0.1:{port}"], capture_output=True, text=True, check=True)
    requests = int(re.search(r"(\d+) requests in", result.stdout).group(1))
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", result.stdout).group(1))
    bad = re.search(r"Non-2xx or 3xx responses: (\d+)", result.stdout)
    sockets = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", result.stdout)
    return requests, rate, (int(bad.group(1)) if bad else 0) + (sum(map(int, sockets.groups())) if sockets else 0)
