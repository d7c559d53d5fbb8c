"""The programs a scenario talks to: tsunagu itself, a small server of @context documents, good and bad, and takers of notifications."""
import http.client
import http.server
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import threading
import time


class Tsunagu:
    """`tsunagu serve` on a free port of 127.0.0.1 over one data folder; can be restarted and killed."""

    def __init__(self, program, folder, options=(), data=None):
        self.program, self.folder, self.options = program, folder, list(options)
        self.data = str(data or pathlib.Path(folder) / "data")
        self.log_path = pathlib.Path(folder) / "server.log"
        self.port = 0
        self.connection = None
        self.sessions = {}
        self.start()

    def start(self):
        log = open(self.log_path, "ab")
        at = log.tell()
        listen = f"127.0.0.1:{self.port}"
        self.process = subprocess.Popen(
            [self.program, "serve", "--listen", listen, "--data", self.data, *self.options],
            stdout=log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
        log.close()
        pattern = re.compile(rb"http://127\.0\.0\.1:(\d+)")
        give_up = time.monotonic() + 120
        while time.monotonic() < give_up:
            with open(self.log_path, "rb") as text:
                text.seek(at)
                found = pattern.search(text.read())
            if found:
                self.port = int(found.group(1))
                if self._ready():
                    return
            if self.process.poll() is not None:
                break
            time.sleep(0.01)  # waiting for another program's first line
        raise SystemExit("tsunagu did not start:\n" + self.log_tail())

    def _ready(self):
        try:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
            connection.request("GET", "/ready")
            ready = connection.getresponse().status == 200
            connection.close()
            return ready
        except OSError:
            return False

    def request(self, method, target, headers, body):
        """One exchange over a kept connection: (status, headers as list of pairs, body bytes)."""
        for attempt in (1, 2):
            if self.connection is None:
                self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
            try:
                self.connection.putrequest(method, target, skip_host=any(n.lower() == "host" for n, _ in headers),
                                           skip_accept_encoding=True)
                for name, value in headers:
                    self.connection.putheader(name, value.encode())
                self.connection.endheaders(body)
                response = self.connection.getresponse()
                data = response.read()
                if response.will_close:
                    self.connection = None
                return response.status, response.getheaders(), data
            except (http.client.HTTPException, OSError):
                self.connection = None
                if attempt == 2:
                    raise
        raise AssertionError

    def operator_key(self):
        """Of a server with sign-in: the key that may do everything; "" without."""
        file = pathlib.Path(self.data) / "trust" / "operator.key"
        return file.read_text().strip() if file.exists() else ""

    def session(self, account):
        """A session of a demonstration account; "" when it cannot sign in."""
        if account not in self.sessions:
            body = json.dumps({"account": account}).encode()
            _, headers, _ = self.request("POST", "/auth/demo", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))], body)
            found = re.search(r"tsunagu_session=([^;]+)", dict(headers).get("Set-Cookie", ""))
            if not found:
                return ""
            self.sessions[account] = found.group(1)
        return self.sessions[account]

    def load(self, file, mapping="-"):
        """Loads a file of entities, or any with a mapping, as operator; what went wrong, "" for nothing."""
        key = ["--key-file", str(pathlib.Path(self.data) / "trust" / "operator.key")] if self.operator_key() else []
        done = subprocess.run(
            [self.program, "load", "--to", f"http://127.0.0.1:{self.port}", *key, *([] if mapping == "-" else ["--mapping", mapping]), file],
            capture_output=True, text=True, cwd=pathlib.Path(__file__).resolve().parent.parent.parent, check=False)
        return "" if done.returncode == 0 else f"loading {file}: {done.stderr[-600:]}"

    def restart(self, how):
        self.connection = None
        self.process.send_signal(how)
        self.process.wait(60)
        self.start()

    def ensure_running(self):
        self.connection = None
        if self.process.poll() is not None:
            self.start()

    def stop(self):
        self.connection = None
        if self.process.poll() is not None:
            return False
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(60) == 0
        except subprocess.TimeoutExpired:
            os.kill(self.process.pid, signal.SIGKILL)
            return False

    def log_tail(self):
        return self.log_path.read_text(errors="replace")[-3000:]


class QuietServer(http.server.ThreadingHTTPServer):
    """Says nothing of clients that go away."""

    daemon_threads = True

    def handle_error(self, *_):
        pass


class ContextServer:
    """Serves the files of tests/api/contexts/ and these faults: /slow never answers, /error says 500, /redirect-loop redirects to itself,
    /redirect-inside to an address that only machines inside a network have,
    /huge is 8 MiB, /not-json is not JSON, /close closes half-way. `hits(path)` counts requests."""

    def __init__(self):
        outer = self
        self.counts = {}
        self.release = threading.Event()
        folder = pathlib.Path(__file__).resolve().parent / "contexts"

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                path = self.path.split("?")[0]
                outer.counts[path] = outer.counts.get(path, 0) + 1
                if path == "/slow":
                    outer.release.wait(120)
                    self.close_connection = True
                elif path == "/error":
                    self.reply(500, b"no")
                elif path in ("/redirect-loop", "/redirect-inside"):
                    self.send_response(302)
                    self.send_header("Location", path if path == "/redirect-loop" else "http://169.254.169.254/latest/meta-data")
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                elif path == "/huge":
                    self.reply(200, b'{"@context":{"a":"http://example.org/' + b"a" * (8 << 20) + b'"}}')
                elif path == "/not-json":
                    self.reply(200, b"<html>not a context</html>")
                elif path == "/close":
                    self.send_response(200)
                    self.send_header("Content-Length", "1000")
                    self.end_headers()
                    self.wfile.write(b'{"@context"')
                    self.close_connection = True
                else:
                    file = folder / path.lstrip("/")
                    if file.is_file() and file.parent == folder:
                        text = file.read_text().replace("@CONTEXTS@", outer.url)
                        self.reply(200, text.encode())
                    else:
                        self.reply(404, b"not here")

            def reply(self, status, body):
                self.send_response(status)
                self.send_header("Content-Type", "application/ld+json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                try:
                    self.wfile.write(body)
                except OSError:
                    pass

            def log_message(self, *_):
                pass

        self.server = QuietServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def hits(self, path):
        return self.counts.get(path, 0)

    def close(self):
        self.release.set()
        self.server.shutdown()
        self.server.server_close()


class NotificationSink:
    """Takes notifications: every POST is answered 204 and kept under its path. /…/fail answers 500 instead, /…/refuse 400. `wait` waits for one
    to come."""

    def __init__(self):
        outer = self
        self.taken = {}
        self.arrived = threading.Condition()

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
                with outer.arrived:
                    outer.taken.setdefault(self.path, []).append((list(self.headers.items()), body))
                    outer.arrived.notify_all()
                self.send_response({"fail": 500, "refuse": 400}.get(self.path.rsplit("/", 1)[-1], 204))
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = QuietServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def wait(self, path, number):
        """Headers and body of notification `number` (from 1) under `path`; None when it does not come within a minute."""
        with self.arrived:
            self.arrived.wait_for(lambda: len(self.taken.get(path, ())) >= number, 60)
            taken = self.taken.get(path, ())
            return taken[number - 1] if len(taken) >= number else None

    def count(self, path):
        with self.arrived:
            return len(self.taken.get(path, ()))

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class MqttBroker:
    """The MQTT broker mosquitto on a free port, started when it is first needed, and a subscriber to everything. `wait` as in NotificationSink;
    the path is the topic."""

    def __init__(self):
        self.process = self.listener = None
        self.taken = {}
        self.arrived = threading.Condition()

    def address(self):
        if self.process is None:
            self._start()
        return f"127.0.0.1:{self.port}"

    def _start(self):
        program = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")
        if program is None:
            raise SystemExit("mosquitto is not installed: scripts/setup.sh test")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        with tempfile.NamedTemporaryFile("w", suffix=".conf") as settings:
            settings.write(f"listener {self.port} 127.0.0.1\nallow_anonymous true\n")
            settings.flush()
            self.process = subprocess.Popen([program, "-v", "-c", settings.name], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            for line in self.process.stdout:
                if " running" in line:
                    break
        threading.Thread(target=lambda: [None for _ in self.process.stdout], daemon=True).start()
        # MQTT 3.1.1, by hand: CONNECT, SUBSCRIBE to "#" with QoS 0, then whatever is published.
        self.listener = socket.create_connection(("127.0.0.1", self.port))
        self.listener.sendall(b"\x10\x14\x00\x04MQTT\x04\x02\x00\x00\x00\x08listener")
        self.listener.sendall(b"\x82\x06\x00\x01\x00\x01#\x00")
        packets = self.listener.makefile("rb")
        assert self._packet(packets)[0] >> 4 == 2 and self._packet(packets)[0] >> 4 == 9
        threading.Thread(target=self._listen, args=(packets,), daemon=True).start()

    @staticmethod
    def _packet(packets):
        head = packets.read(1)
        if not head:
            raise EOFError
        length, shift = 0, 0
        while True:
            byte = packets.read(1)[0]
            length |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return head[0], packets.read(length)

    def _listen(self, packets):
        try:
            while True:
                kind, rest = self._packet(packets)
                if kind >> 4 != 3:
                    continue
                size, = struct.unpack_from(">H", rest)
                topic = rest[2:2 + size].decode()
                with self.arrived:
                    self.taken.setdefault(topic, []).append(([], rest[2 + size:]))
                    self.arrived.notify_all()
        except (EOFError, OSError, IndexError, ValueError):
            pass  # the broker has ended

    wait = NotificationSink.wait
    count = NotificationSink.count

    def close(self):
        if self.process is not None:
            self.listener.close()
            self.process.kill()
            self.process.wait()
