"""What a write costs while live streams are open that it does not concern."""
import pathlib
import socket
import statistics

from process import wrk

here = pathlib.Path(__file__).resolve().parent
PATCH = str(here / "lua/patch.lua")


def open_streams(port, queries):
    streams = []
    for query in queries:
        stream = socket.create_connection(("127.0.0.1", port), 60)
        stream.sendall(f"GET /ngsi-ld/v1/events?{query} HTTP/1.1\r\nHost: h\r\n\r\n".encode())
        text = b""
        while b"\nid: " not in text:
            text += stream.recv(4096)
        if not text.startswith(b"HTTP/1.1 200"):
            raise SystemExit("a stream cannot be opened: " + text.decode())
        streams.append(stream)
    return streams


def measure_live(bench, broker, count=1000):
    def patch():
        return broker.cpu_per_request(lambda: wrk(broker.port, bench.seconds, 64, PATCH))

    for name, must, queries in (
            (f"PATCH with {count:,} live streams of other types and entities", 1.1,
             [f"type=Other{i}" if i % 2 else f"local=true&id=urn:ngsi-ld:Other:{i}" for i in range(count)]),
            (f"PATCH with {count:,} live streams of its type, q false: each is tested", None,
             [f"type=Device&q=waterLevel>{1000 + i}" for i in range(count)]),
            (f"PATCH with {count:,} live streams of its type, q false, all the same", None,
             ["type=Device&q=waterLevel>1000"] * count)):
        patch()
        with_streams, without = [], []
        for _ in range(3):
            without.append(patch())
            streams = open_streams(broker.port, queries)
            with_streams.append(patch())
            for stream in streams:
                stream.close()
        own, other = (statistics.median(cost.us for cost in costs) for costs in (with_streams, without))
        errors = sum(cost.errors for cost in with_streams + without)
        bench.row(name, f"≤ {must}× without" if must else "–", f"{own / other:.2f}×", not errors and (not must or own / other <= must),
                  f"{own:.1f} µs against {other:.1f} µs" + (f"; {errors} ERRORS" if errors else ""))
