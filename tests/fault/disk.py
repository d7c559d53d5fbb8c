"""A disk that is full, a disk that cannot be written."""
import http.client
import json
import os
import pathlib
import resource
import shutil
import subprocess
import tempfile

from server import Tsunagu

API = "/ngsi-ld/v1"


def exchange(port, method, target, body=None):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request(method, API + target, body and json.dumps(body), {"Content-Type": "application/json"})
    response = connection.getresponse()
    data = response.read()
    connection.close()
    return response.status, data


def entity(n, filler=2000):
    return {"id": f"urn:ngsi-ld:Disk:{n}", "type": "Disk", "n": n, "text": "x" * filler}


def sound(program, folder):
    result = subprocess.run([program, "check", "--data", str(pathlib.Path(folder) / "data")], capture_output=True, text=True)
    assert result.returncode == 0, f"tsunagu check: {result.stdout[-1500:]}{result.stderr[-500:]}"


def fill(server):
    """Writes until refused. Returns (written, status, answer)."""
    for n in range(20000):
        status, answer = exchange(server.port, "POST", "/entities", entity(n))
        if status != 201:
            return n, status, answer
    raise AssertionError("20,000 entities fitted: the limit did not work")


def full(program, _rng):
    """The limit on the size of a file stands for the full disk: SQLite sees a failed write, and the limit can be lifted again."""
    folder = tempfile.mkdtemp(prefix="tsunagu-full-")
    server = Tsunagu(program, folder, ["--checkpoint-interval", "1"])
    resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (2 << 20, resource.RLIM_INFINITY))
    written, status, answer = fill(server)
    assert status in (503, 507), f"a full disk was answered {status}: {answer[:300]}"
    assert json.loads(answer).get("detail"), f"the error says nothing: {answer[:300]}"
    for n in (0, written // 2, written - 1):
        assert exchange(server.port, "GET", f"/entities/urn:ngsi-ld:Disk:{n}")[0] == 200, "an acknowledged entity is gone"
    assert exchange(server.port, "GET", f"/entities/urn:ngsi-ld:Disk:{written}")[0] == 404, "a refused entity is there"
    resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    status, answer = exchange(server.port, "POST", "/entities", entity(written))
    assert status == 201, f"there is room again, but: {status} {answer[:300]}"
    assert server.stop(), "did not end cleanly: " + server.log_tail()
    sound(program, folder)
    server.start()
    for n in (0, written):
        assert exchange(server.port, "GET", f"/entities/urn:ngsi-ld:Disk:{n}")[0] == 200, "lost after restart"
    assert server.stop()
    shutil.rmtree(folder)
    return f"refused after {written} entities, wrote again when there was room"


def readonly(program, _rng):
    """A start on a file system that cannot be written (a small one of our own, where we may mount one)."""
    folder = tempfile.mkdtemp(prefix="tsunagu-readonly-")
    if os.geteuid() != 0 or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", folder], capture_output=True).returncode != 0:
        os.rmdir(folder)
        return "skipped: needs the right to mount a file system"
    data = pathlib.Path(folder) / "data"
    log = tempfile.mkdtemp(prefix="tsunagu-readonly-log-")
    try:
        server = Tsunagu(program, log, data=data)
        assert exchange(server.port, "POST", "/entities", entity(1))[0] == 201
        assert server.stop(), "did not end cleanly: " + server.log_tail()
        subprocess.run(["mount", "-o", "remount,ro", folder], check=True)
        refused = subprocess.run([program, "serve", "--listen", "127.0.0.1:0", "--data", str(data)], capture_output=True, text=True, timeout=60)
        assert refused.returncode == 1 and "Read-only file system" in refused.stderr, f"status {refused.returncode}: {refused.stderr[-500:]}"
        checked = subprocess.run([program, "check", "--data", str(data)], capture_output=True, text=True, timeout=60)
        assert checked.returncode == 0, f"check must work on what can only be read: {checked.stdout}{checked.stderr}"
        subprocess.run(["mount", "-o", "remount,rw", folder], check=True)
        server.start()
        assert exchange(server.port, "GET", "/entities/urn:ngsi-ld:Disk:1")[0] == 200, "lost"
        assert exchange(server.port, "POST", "/entities", entity(2))[0] == 201, "writing must go on"
        assert server.stop(), "did not end cleanly: " + server.log_tail()
        return "refused to start, said why, and served again when it could write"
    finally:
        shutil.rmtree(log)
        subprocess.run(["umount", "-l", folder], capture_output=True)
        os.rmdir(folder)
