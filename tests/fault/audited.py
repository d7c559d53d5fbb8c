"""Reads of personal data while the program is killed: every read that was answered is in the audit log."""
import collections
import http.client
import json
import pathlib
import shutil
import signal
import subprocess
import tempfile
import threading

from kill import wait_for_answers
from server import Tsunagu

READERS = 6
KILLS = 6
demonstration = pathlib.Path(__file__).resolve().parent.parent.parent / "data/demonstration"


class Reader(threading.Thread):
    """The clinic's doctor, who reads one patient again and again until the server is gone."""

    def __init__(self, port, patient):
        super().__init__(daemon=True)
        self.patient, self.answers, self.refusal = patient, 0, None
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.connection.request("POST", "/auth/demo", json.dumps({"account": "clinic"}), {"Content-Type": "application/json", "Sec-Fetch-Site": "same-origin"})
        answer = self.connection.getresponse()
        body = answer.read()
        assert answer.status == 200, body
        self.cookie = "; ".join(value.split(";")[0] for name, value in answer.getheaders() if name.lower() == "set-cookie")

    def run(self):
        try:
            while self.refusal is None:
                self.connection.request("GET", f"/ngsi-ld/v1/entities/{self.patient}", headers={"Cookie": self.cookie, "Tsunagu-Purpose": "care"})
                answer = self.connection.getresponse()
                body = answer.read()
                if answer.status == 200:
                    self.answers += 1
                else:
                    self.refusal = body
        except (http.client.HTTPException, OSError):
            pass


def audited(program, rng):
    folder = tempfile.mkdtemp(prefix="tsunagu-audited-")
    server = Tsunagu(program, folder, ["--auth=on", "--demonstration", str(demonstration / "accounts.toml")])
    patients = [f"urn:ngsi-ld:Resident:patient-{n}" for n in range(READERS)]
    entities = [json.loads(line) for line in (demonstration / "relations.jsonl").read_text().splitlines()]
    for n, patient in enumerate(patients):
        entities.append({"id": patient, "type": "Resident", "bloodType": {"type": "Property", "value": "A"}})
        entities.append({"id": f"urn:ngsi-ld:AccessRelation:patient-{n}", "type": "AccessRelation",
                         "subject": {"type": "Relationship", "object": "urn:ngsi-ld:Organization:demo-clinic"},
                         "relation": {"type": "Property", "value": "treats"}, "target": {"type": "Relationship", "object": patient}})
    body = json.dumps(entities).encode()
    status, _, answer = server.request("POST", "/ngsi-ld/v1/entityOperations/upsert", [
        ("Content-Type", "application/json"), ("Content-Length", str(len(body))), ("Authorization", "Bearer " + server.operator_key())], body)
    assert status == 201, answer

    def audit(*words):
        result = subprocess.run([program, "audit", *words, "--data", server.data], capture_output=True, text=True)
        assert result.returncode == 0, f"tsunagu audit {words[0]}: {result.stderr}; data kept in {folder}"
        return result.stdout

    answered = collections.Counter()
    for number in range(KILLS):
        readers = [Reader(server.port, patient) for patient in patients]
        for reader in readers:
            reader.start()
        wait_for_answers(readers, rng.randint(50, 1500))
        server.process.send_signal(signal.SIGKILL)
        server.process.wait()
        for reader in readers:
            reader.join()
            assert reader.refusal is None, reader.refusal
            answered[reader.patient] += reader.answers
        audit("verify")
        records = [json.loads(line) for line in audit("export", "--kind", "access").splitlines()]
        logged = collections.Counter(person for record in records if record["action"] == "read" for person in record["persons"])  # they were made, too
        for patient in patients:
            more = logged[patient] - answered[patient]
            assert 0 <= more <= number + 1, f"{patient}: {answered[patient]} reads were answered, {logged[patient]} are in the log; data kept in {folder}"
        server.start()
    assert server.stop(), "did not end cleanly: " + server.log_tail()
    audit("verify")
    shutil.rmtree(folder)
    return f"{KILLS} kills, {sum(answered.values())} reads of personal data answered, all of them in the log"
