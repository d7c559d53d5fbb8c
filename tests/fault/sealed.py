"""A sealed data folder (encryption at rest): nothing readable in any file, nothing lost by kills, no way in without the key."""
import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile

from server import Tsunagu


def sealed(program, rng):
    folder = pathlib.Path(tempfile.mkdtemp(prefix="tsunagu-sealed-"))
    key = folder / "data.key"
    key.touch(mode=0o600)
    key.write_bytes(subprocess.run([program, "data-key", "new"], capture_output=True, check=True).stdout)
    secret = f"personal-{rng.getrandbits(64):016x}"
    server = Tsunagu(program, folder, ["--auth=none", "--fold-bytes", "0", "--data-key-file", str(key)])

    def command(*words, keys=True):
        return subprocess.run([program, *words, "--data", server.data, *(["--data-key-file", str(key)] if keys else [])], capture_output=True, text=True)

    def write(number):
        entity = {"id": f"urn:ngsi-ld:Resident:{secret}-{number}", "type": "Resident", "diagnosis": {"type": "Property", "value": f"{secret} {number}"}}
        body = json.dumps(entity).encode()
        headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
        status, _, answer = server.request("POST", "/ngsi-ld/v1/entities", headers, body)
        assert status == 201, answer

    def count():
        status, headers, _ = server.request("GET", "/ngsi-ld/v1/entities?type=Resident&count=true&limit=0", [], None)
        assert status == 200
        return int(dict(headers)["NGSILD-Results-Count"])

    def readable():
        return [file for file in pathlib.Path(server.data).rglob("*") if file.is_file() and secret.encode() in file.read_bytes()]

    try:
        for number in range(60):
            write(number)
            if number % 20 == 19:
                assert not readable(), f"readable while it runs: {readable()}"
                server.restart(signal.SIGKILL)
                assert count() == number + 1, "not everything is there after a kill"
        server.restart(signal.SIGTERM)
        assert server.stop() and not readable(), f"readable after the end: {readable()}"
        result = command("check")
        assert result.returncode == 0, result.stdout + result.stderr
        files = {file: file.read_bytes() for file in pathlib.Path(server.data).glob("tsunagu.db*")}
        for refused in (command("check", keys=False), command("serve", "--listen", "127.0.0.1:0", keys=False)):
            assert refused.returncode == 1 and "--data-key-file" in refused.stderr, refused.stderr
        assert files == {file: file.read_bytes() for file in files}, "a start without the key changed something"
        result = command("data-key", "rotate")
        assert result.returncode == 0, result.stderr
        key.write_text(key.read_text().splitlines()[0] + "\n")  # the old key is gone
        server.start()
        assert count() == 60 and not readable()
        assert server.stop()
        return "60 entities, 3 kills, a new key: nothing lost, nothing readable"
    finally:
        server.stop()
        if not os.environ.get("KEEP"):
            shutil.rmtree(folder, ignore_errors=True)
