"""SIGKILL, SIGTERM and torn files."""
import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import threading

from server import NotificationSink, Tsunagu
from writers import Writer, compare

CONNECTIONS = 8


def check(program, data):
    """`tsunagu check` on a copy of the folder, so that the running server is left alone."""
    copy = tempfile.mkdtemp(prefix="tsunagu-check-")
    try:
        shutil.copytree(data, copy, dirs_exist_ok=True)
        result = subprocess.run([program, "check", "--data", copy], capture_output=True, text=True)
        assert result.returncode == 0, f"tsunagu check: {result.stdout[-1500:]}{result.stderr[-500:]}"
        return result.stdout.strip().split("\n")[-1]
    finally:
        shutil.rmtree(copy, ignore_errors=True)


def note_history(writer, written):
    """Adds what the writer was told is written: (values in order, values of writes without an answer), by entity."""
    for name, number in writer.log:
        written.setdefault(name, ([], set()))[0].append(number)
    for name, number in writer.pending.items():
        written.setdefault(name, ([], set()))[1].add(number)


def history_of(program, data):
    """What history holds of `left`, in order, by entity; None where it was deleted."""
    copy = tempfile.mkdtemp(prefix="tsunagu-history-")
    try:
        shutil.copytree(data, copy, dirs_exist_ok=True)
        lines = subprocess.run([program, "history", "export", "--data", copy, "--attr", "left"], capture_output=True, text=True, check=True).stdout
    finally:
        shutil.rmtree(copy, ignore_errors=True)
    held = {}
    for line in lines.splitlines():
        point = json.loads(line)
        held.setdefault(point["id"], []).append(None if "deletedAt" in point else point["value"])
    return held


def compare_history(program, data, written):
    """Asserts that history holds every acknowledged value of `left`, in order and once, and besides only values that were never answered."""
    held = history_of(program, data)
    for name, (acknowledged, unanswered) in written.items():
        rest = [v for v in held.get(name, []) if v not in unanswered]
        expected = [v for v in acknowledged if v not in unanswered]
        assert rest == expected, f"history of {name}: {len(rest)} values held, {len(expected)} acknowledged; {rest[-5:]} / {expected[-5:]}"


def compare_thinned(program, data, written):
    """Asserts that history, thinned out, holds values in the order of writing, and the last one."""
    held = history_of(program, data)
    for name, (acknowledged, unanswered) in written.items():
        values = held.get(name, [])
        rest = [v for v in values if v not in unanswered]
        expected = [v for v in acknowledged if v not in unanswered]
        left = iter(expected)
        assert all(v in left for v in rest), f"history of {name} is not in the order of writing: {rest[-5:]} / {expected[-5:]}"
        assert not expected or (values and (values[-1] in unanswered or values[-1] == expected[-1])), f"history of {name} ends with {values[-1:]}, not {expected[-1:]}"


def aging(program, rng):
    """The same while history is thinned out at once: at every start, and with every folding."""
    folder = tempfile.mkdtemp(prefix="tsunagu-retention-")
    rules = pathlib.Path(folder) / "retention.toml"
    rules.write_text('[[rule]]\nattribute = "left"\nthin_after = "PT1S"\nthin_to = "PT1S"\n')
    try:
        return crash(program, rng, max(1, int(os.environ.get("ROUNDS", "100")) // 5), ["--retention", str(rules)], compare_thinned)
    finally:
        shutil.rmtree(folder)


def crash(program, rng, rounds=None, options=(), compare_past=compare_history):
    rounds = rounds or int(os.environ.get("ROUNDS", "100"))
    folder = tempfile.mkdtemp(prefix="tsunagu-crash-")
    # A short checkpoint interval, and folding at once, so that kills hit checkpoints and folding too.
    server = Tsunagu(program, folder, ["--checkpoint-interval", "1", "--fold-bytes", "0", *options])
    histories = [{} for _ in range(CONNECTIONS)]
    answers = compared = 0
    written = {}
    for number in range(rounds):
        writers = [Writer(server.port, n, rng_of(rng), histories[n]) for n in range(CONNECTIONS)]
        for writer in writers:
            writer.start()
        # The instant of the kill: after a random number of acknowledged writes, plus a random part of the next ones.
        wait_for_answers(writers, rng.randint(1, 400))
        server.process.send_signal(signal.SIGKILL)
        server.process.wait()
        for writer in writers:
            writer.join()
            note_history(writer, written)
        answers += sum(w.answers for w in writers)
        if number % 20 == 19 or number == rounds - 1:
            check(program, pathlib.Path(folder) / "data")
            compare_past(program, pathlib.Path(folder) / "data", written)
        server.start()
        try:
            compared += compare(server.port, writers)
        except AssertionError as error:
            raise AssertionError(f"round {number + 1}: {error}; data kept in {folder}") from None
    assert server.stop(), "did not end cleanly: " + server.log_tail()
    last = check(program, pathlib.Path(folder) / "data")
    shutil.rmtree(folder)
    return f"{rounds} kills, {answers} acknowledged writes, {compared} entities compared; {last}"


class Log(dict):
    """The state of entities, and every state they ever had."""

    def __init__(self):
        super().__init__()
        self.states = set()

    def update(self, effect):
        self.states.update(effect.items())
        super().update(effect)

    def __setitem__(self, name, state):
        self.states.add((name, state))
        super().__setitem__(name, state)


def notices(program, rng):
    """Every notification that is due arrives in spite of kills, and none tells of a change that is not durable."""
    rounds = max(1, int(os.environ.get("ROUNDS", "100")) // 5)
    folder = tempfile.mkdtemp(prefix="tsunagu-notices-")
    sink = NotificationSink()
    server = Tsunagu(program, folder, ["--checkpoint-interval", "1"])
    subscription = json.dumps({"id": "urn:ngsi-ld:Subscription:crash", "type": "Subscription", "entities": [{"type": "Crash"}],
                               "watchedAttributes": ["left"],
                               "notification": {"format": "keyValues", "endpoint": {"uri": sink.url + "/crash"}}}).encode()
    headers = [("Content-Type", "application/json"), ("Content-Length", str(len(subscription)))]
    status, _, body = server.request("POST", "/ngsi-ld/v1/subscriptions", headers, subscription)
    assert status == 201, f"status {status}: {body[:300]}"
    histories = [Log() for _ in range(CONNECTIONS)]
    for number in range(rounds):
        writers = [Writer(server.port, n, rng_of(rng), histories[n]) for n in range(CONNECTIONS)]
        for writer in writers:
            writer.start()
        wait_for_answers(writers, rng.randint(1, 400))
        server.restart(signal.SIGKILL)
        for writer in writers:
            writer.join()
        told = told_states(sink)
        for writer in writers:
            undecided = {state for state in writer.pending.items() if state in told}
            compare(server.port, [writer])
            lost = undecided - writer.acknowledged.states
            assert not lost, f"round {number + 1}: told of what was not durable: {sorted(lost)[:3]}; data kept in {folder}"
    due = {state for log in histories for state in log.states if state[1] is not None}
    with sink.arrived:
        complete = sink.arrived.wait_for(lambda: due <= told_states(sink), 120)
        missing = due - told_states(sink)
    assert complete, f"{len(missing)} of {len(due)} were not told: {sorted(missing)[:3]}; data kept in {folder}"
    false = told_states(sink) - due
    assert not false, f"told of what never was: {sorted(false)[:3]}; data kept in {folder}"
    count = sink.count("/crash")
    assert server.stop(), "did not end cleanly: " + server.log_tail()
    sink.close()
    shutil.rmtree(folder)
    return f"{rounds} kills, {len(due)} states told in {count} notifications"


def told_states(sink):
    """What was told so far, as (id, number); each notification is read once."""
    with sink.arrived:
        taken = sink.taken.get("/crash", [])
        read, states = getattr(sink, "states", (0, set()))
        for _, body in taken[read:]:
            states.update((entity["id"], entity["left"]) for entity in json.loads(body)["data"])
        sink.states = (len(taken), states)
        return set(states)


def torn(program, rng):
    """A power cut leaves a part of the log. Whatever the length of that part, the folder opens and is sound."""
    folder = tempfile.mkdtemp(prefix="tsunagu-torn-")
    server = Tsunagu(program, folder)
    writers = [Writer(server.port, n, rng_of(rng), {}) for n in range(4)]
    for writer in writers:
        writer.start()
    wait_for_answers(writers, 500)
    server.process.send_signal(signal.SIGKILL)
    server.process.wait()
    for writer in writers:
        writer.join()
    data = pathlib.Path(folder) / "data"
    logs = [f for f in data.iterdir() if f.name.endswith("-wal")]
    assert logs, f"no write-ahead log in {data}"
    size = logs[0].stat().st_size
    cuts = 12
    for _ in range(cuts):
        copy = pathlib.Path(tempfile.mkdtemp(prefix="tsunagu-torn-copy-"))
        shutil.copytree(data, copy / "data")
        with open(copy / "data" / logs[0].name, "r+b") as log:
            log.truncate(rng.randrange(size))
        check(program, copy / "data")
        again = Tsunagu(program, str(copy))
        assert again.stop(), "did not end cleanly on a torn log: " + again.log_tail()
        shutil.rmtree(copy)
    shutil.rmtree(folder)
    return f"{cuts} cuts of a log of {size} bytes"


def stop(program, rng):
    folder = tempfile.mkdtemp(prefix="tsunagu-stop-")
    server = Tsunagu(program, folder)
    histories = [{} for _ in range(CONNECTIONS)]
    for _ in range(5):
        writers = [Writer(server.port, n, rng_of(rng), histories[n]) for n in range(CONNECTIONS)]
        for writer in writers:
            writer.start()
        wait_for_answers(writers, rng.randint(50, 300))
        assert server.stop(), "SIGTERM under load: did not end with status 0: " + server.log_tail()
        for writer in writers:
            writer.join()
            writer.refusals = [r for r in writer.refusals if r[0] != 503]  # "stopping" is a fair answer
        server.start()
        compare(server.port, writers)
    assert server.stop()
    shutil.rmtree(folder)
    return "5 stops under load"


def rng_of(rng):
    import random
    return random.Random(rng.randrange(1 << 62))


def wait_for_answers(writers, count):
    """Returns once the writers have had `count` answers together (or are all gone)."""
    tick = threading.Event()
    while sum(w.answers for w in writers) < count and any(w.is_alive() for w in writers):
        tick.wait(0.001)
