"""Reading and running scenario files; their form is described in README.md beside this file."""
import dataclasses
import json
import re
import signal
import time

from live.client import Events, Gone

METHODS = ("GET", "POST", "PATCH", "PUT", "DELETE", "HEAD", "OPTIONS", "TRACE", "BREW")
WORDS = ("RESTART", "KILL", "HITS", "NOTIFIED", "PUBLISHED", "LOAD", "AS", "ALIKE", "LISTEN", "HEARD", "GONE")


class Failure(Exception):
    def __init__(self, line, text):
        super().__init__(text)
        self.line = line


@dataclasses.dataclass
class Step:
    line: int
    kind: str  # "request", or one of WORDS
    method: str = ""
    target: str = ""
    headers: list = dataclasses.field(default_factory=list)
    body: str = ""
    status: int = 0
    at_last: bool = False  # asked again until the answer is the expected one
    expected_headers: list = dataclasses.field(default_factory=list)
    expected_body: str = ""
    argument: str = ""


@dataclasses.dataclass
class Scenario:
    title: str
    line: int
    clause: str
    steps: list
    tenant: str = ""  # of requests that name none; "-": no header at all; "": one of the scenario's own


def read_scenarios(file):
    lines = file.read_text(encoding="utf-8").split("\n")
    scenarios, clause, tenant, i = [], "", "", 0
    while i < len(lines):
        line = lines[i]
        if line.startswith("## "):
            title = line[3:].strip()
            found = re.search(r"\[([^\]]+)\]\s*$", title)
            scenarios.append(Scenario(title, i + 1, found.group(1) if found else clause, [], tenant))
            i += 1
        elif line.startswith("Server:") and i == 0:
            i += 1
        elif line.startswith("Clause:"):
            clause = line[7:].strip()
            i += 1
        elif line.startswith("Tenant:"):
            tenant = line[7:].strip()
            i += 1
        elif _is_request(line):
            i = _read_request(lines, i, scenarios)
        elif _is_word(line):
            word, _, rest = line.strip().partition(" ")
            step = Step(i + 1, word, argument=rest.strip())
            i = _read_expected(lines, i + 1, step) if word in ("NOTIFIED", "PUBLISHED", "HEARD") else i + 1
            scenarios[-1].steps.append(step)
        elif line.startswith("#") or not line.strip():
            i += 1
        else:
            raise SystemExit(f"{file}:{i + 1}: not understood: {line}")
    return scenarios


def _is_start(line):
    return line.startswith(("## ", "# ")) or _is_word(line) or _is_request(line)


def _is_word(line):
    return line.split(" ", 1)[0].rstrip() in WORDS


def _is_request(line):
    return re.match(r"[A-Z]+ [/@*]", line) is not None and line.split(" ")[0] in METHODS


def _read_headers(lines, i):
    headers = []
    while i < len(lines) and re.match(r"[A-Za-z][A-Za-z0-9-]*:", lines[i]):
        name, _, value = lines[i].partition(":")
        headers.append((name, value.strip()))
        i += 1
    return headers, i


def _read_request(lines, i, scenarios):
    method, _, target = lines[i].partition(" ")
    step = Step(i + 1, "request", method, target.strip())
    i += 1
    while i < len(lines) and lines[i].startswith("    ") and not step.headers:  # a long target goes on in the next line
        step.target += lines[i].strip()
        i += 1
    step.headers, i = _read_headers(lines, i)
    body = []
    while i < len(lines) and not lines[i].startswith("=> "):
        body.append(lines[i])
        i += 1
    step.body = "\n".join(body).strip()
    if i == len(lines):
        raise SystemExit(f"line {step.line}: the request has no '=> status'")
    status, _, when = lines[i][3:].strip().partition(" ")
    step.status, step.at_last = int(status), when == "at last"
    i = _read_expected(lines, i + 1, step)
    scenarios[-1].steps.append(step)
    return i


def _read_expected(lines, i, step):
    step.expected_headers, i = _read_headers(lines, i)
    expected = []
    while i < len(lines) and not _is_start(lines[i]):
        expected.append(lines[i])
        i += 1
    step.expected_body = "\n".join(expected).strip()
    return i


def run_scenario(scenario, server, contexts, sink, mqtt, tenant):
    saved = {"CONTEXTS": contexts.url, "SERVER": f"http://127.0.0.1:{server.port}", "SINK": f"{sink.url}/{tenant}", "TENANT": tenant}
    caller = []  # headers that say who asks

    key = server.operator_key()
    if key:
        saved["OPERATOR"] = key

    def fill(text):
        if "@MQTT@" in text:
            saved["MQTT"] = f"{mqtt.address()}/{tenant}"
        return re.sub(r"@([A-Z_]+)@", lambda m: saved.get(m.group(1), m.group(0)), text)

    if not scenario.tenant:
        # A tenant exists from its first write on; reading one that does not is an error of its own.
        seed = json.dumps({"id": "urn:ngsi-ld:Seed:1", "type": "Seed"}).encode()
        of_tenant = [("NGSILD-Tenant", tenant)]
        server.request("POST", "/ngsi-ld/v1/entities", of_tenant + [("Content-Type", "application/json"), ("Content-Length", str(len(seed)))], seed)
        server.request("DELETE", "/ngsi-ld/v1/entities/urn:ngsi-ld:Seed:1", of_tenant, None)
    last = None  # the last request and its answer
    streams = {}
    for step in scenario.steps:
        if step.kind in ("RESTART", "KILL"):
            server.restart(signal.SIGTERM if step.kind == "RESTART" else signal.SIGKILL)
        elif step.kind == "HITS":
            path, count = step.argument.split()
            if contexts.hits(path) != int(count):
                raise Failure(step.line, f"{path} was asked for {contexts.hits(path)} times, not {count}")
        elif step.kind in ("NOTIFIED", "PUBLISHED"):
            name, number = step.argument.split()
            taker, path = (sink, f"/{tenant}/{name}") if step.kind == "NOTIFIED" else (mqtt, f"{tenant}/{name}")
            notification = taker.wait(path, int(number))
            if notification is None:
                raise Failure(step.line, f"notification {number} to {name} did not come; {taker.count(path)} came")
            _check_headers(step, notification[0], saved, fill)
            _check_body(step, notification[1].decode("utf-8", "replace"), saved, fill)
        elif step.kind == "LISTEN":
            name, target = step.argument.split()
            of_tenant = [] if scenario.tenant == "-" else [("NGSILD-Tenant", scenario.tenant or tenant)]
            streams[name] = Events(server.port, target, caller + of_tenant)
            if streams[name].status != 200:
                raise Failure(step.line, f"the stream has the status {streams[name].status}")
            streams[name].begun()
        elif step.kind == "HEARD":
            try:
                event, data = streams[step.argument].next()
            except (Gone, OSError) as error:
                raise Failure(step.line, f"the stream ended: {error!r}") from None
            _check_body(step, json.dumps({"event": event, "data": data}), saved, fill)
        elif step.kind == "GONE":
            try:
                event, data = streams[step.argument].next()
                if event != "signedOut":
                    raise Failure(step.line, f"the stream tells of {data}")
                streams[step.argument].closed()
            except Gone:
                pass
        elif step.kind == "LOAD":
            problem = server.load(*step.argument.split())
            if problem:
                raise Failure(step.line, problem)
        elif step.kind == "AS":
            caller = _caller(step, server, saved)
        elif step.kind == "ALIKE":
            _check_alike(step, server, last, fill)
        else:
            request = _request_of(step, caller, scenario.tenant or tenant, fill)
            last = request, _ask(step, lambda: server.request(*request), saved, fill)


def _caller(step, server, saved):
    """Headers of who is named: `AS ACCOUNT [PURPOSE]` of the demonstration, or `AS @KEY@`; `AS nobody`."""
    who, _, purpose = step.argument.partition(" ")
    headers = [("Tsunagu-Purpose", purpose)] if purpose else []
    if who.startswith("@"):
        return headers + [("Authorization", f"Bearer {saved[who.strip('@')]}")]
    if who == "nobody":
        return headers
    session = server.session(who)
    if not session:
        raise Failure(step.line, f"{who} cannot sign in")
    saved["SESSION"] = session
    return headers + [("Cookie", f"tsunagu_session={session}")]


def _request_of(step, caller, tenant, fill):
    """What the step sends: (method, target, headers, body)."""
    body = fill(step.body)
    headers = [(n, fill(v)) for n, v in step.headers]
    names = {n.lower() for n, _ in headers}
    headers += [(n, v) for n, v in caller if n.lower() not in names]
    if "ngsild-tenant" not in names:
        headers.append(("NGSILD-Tenant", tenant))
    headers = [(n, v) for n, v in headers if v != "-"]
    if body.startswith("@bytes "):
        data = bytes.fromhex(body[7:])
    elif body.startswith("@python "):
        data = eval(body[8:])  # noqa: S307 a generated body, written by us in the scenario
        data = data if isinstance(data, bytes) else json.dumps(data, ensure_ascii=False).encode()
    else:
        data = body.encode()
    if data and "content-type" not in names:
        headers.append(("Content-Type", "application/ld+json" if '"@context"' in body else "application/json"))
    if (data or step.method in ("POST", "PATCH", "PUT")) and not names & {"content-length", "transfer-encoding"}:
        headers.append(("Content-Length", str(len(data))))
    target = "".join(c if 32 < ord(c) < 127 else "".join(f"%{b:02X}" for b in c.encode()) for c in fill(step.target))
    return step.method, target, headers, data


def _check_alike(step, server, last, fill):
    """`ALIKE HIDDEN ABSENT`: the last request, with ABSENT wherever it said HIDDEN, has the same answer, byte by byte."""
    hidden, absent = fill(step.argument).split()
    (method, target, headers, data), (status, got_headers, got) = last

    def swap(text):
        return text.replace(hidden, absent)

    # When it was, and how long the names are, may differ.
    same = [n for n, _ in got_headers if n != "Date" and (n != "Content-Length" or len(hidden) == len(absent))]
    headers = [(n, swap(v)) for n, v in headers]
    status_again, headers_again, body_again = server.request(method, swap(target), headers, data.replace(hidden.encode(), absent.encode()))
    wanted = status, [(n, swap(v)) for n, v in got_headers if n in same], got.replace(hidden.encode(), absent.encode())
    for name, a, b in zip(("status", "headers", "body"), wanted, (status_again, [h for h in headers_again if h[0] in same], body_again)):
        if a != b:
            raise Failure(step.line, f"{method} {target}: for {hidden} the {name} is {a!r}, for {absent} {b!r}")


def _ask(step, request, saved, fill):
    end = time.monotonic() + 60
    while True:
        try:
            status, got_headers, got = request()
        except OSError as error:
            raise Failure(step.line, f"no answer: {error!r}") from None
        except Exception as error:  # http.client's own
            raise Failure(step.line, f"no HTTP answer: {error!r}") from None
        shown = got.decode("utf-8", "replace")
        try:
            if status != step.status:
                raise Failure(step.line, f"{step.method} {step.target}: status {status}, expected {step.status}; body: {shown[:600]}")
            for name, value in got_headers:
                cookie = re.match(r"tsunagu_session=([^;]+)", value) if name.lower() == "set-cookie" else None
                if cookie:
                    saved["SESSION"] = cookie.group(1)
            _check_headers(step, got_headers, saved, fill)
            _check_body(step, shown, saved, fill)
            return status, got_headers, got
        except Failure:
            if not step.at_last or time.monotonic() > end:
                raise


def _check_headers(step, got, saved, fill):
    have = {}
    for name, value in got:
        have[name.lower()] = have[name.lower()] + ", " + value if name.lower() in have else value
    for name, expected in step.expected_headers:
        value = have.get(name.lower())
        if expected == "-":
            if value is not None:
                raise Failure(step.line, f"header {name} should be absent, is {value!r}")
            continue
        if value is None:
            raise Failure(step.line, f"header {name} is missing; got {have}")
        save = re.fullmatch(r"<save ([A-Z_]+)>", expected)
        if save:
            saved[save.group(1)] = value
        elif expected.startswith("~"):
            if not re.search(fill(expected[1:]), value):
                raise Failure(step.line, f"header {name} is {value!r}, expected to match {expected[1:]}")
        elif value != fill(expected):
            raise Failure(step.line, f"header {name} is {value!r}, expected {fill(expected)!r}")


def _check_body(step, got, saved, fill):
    expected = step.expected_body
    if not expected:
        return
    if expected == "(empty)":
        if got:
            raise Failure(step.line, f"the body should be empty, is {got[:300]}")
        return
    if expected.startswith("~"):
        for line in expected.split("\n"):
            if not re.search(fill(line.lstrip("~").strip()), got):
                raise Failure(step.line, f"body does not match {line}: {got[:600]}")
        return
    try:
        value = json.loads(got)
    except ValueError:
        raise Failure(step.line, f"the body is not JSON: {got[:300]}") from None
    try:
        wanted = eval(expected[8:]) if expected.startswith("@python ") else json.loads(fill(expected))  # noqa: S307 as for bodies
    except ValueError as error:
        raise Failure(step.line, f"the expected body is not JSON ({error}): {expected[:300]}") from None
    problem = difference(wanted, value, "body", saved)
    if problem:
        raise Failure(step.line, f"{problem}\n       got: {json.dumps(value, ensure_ascii=False)[:2500]}")


MATCHERS = {
    "<any>": lambda v: True,
    "<string>": lambda v: isinstance(v, str) and v != "",
    "<number>": lambda v: isinstance(v, (int, float)) and not isinstance(v, bool),
    "<object>": lambda v: isinstance(v, dict),
    "<array>": lambda v: isinstance(v, list),
    "<instant>": lambda v: isinstance(v, str) and re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z", v) is not None,
}


def difference(wanted, got, where, saved):
    """What differs, in words; "" when `got` is as wanted. See README.md for the placeholders."""
    if isinstance(wanted, str):
        if wanted in MATCHERS:
            return "" if MATCHERS[wanted](got) else f"{where}: {got!r} is no {wanted}"
        save = re.fullmatch(r"<save ([A-Z_]+)>", wanted)
        if save:
            saved[save.group(1)] = got if isinstance(got, str) else json.dumps(got)
            return ""
        if wanted.startswith("<~") and wanted.endswith(">"):
            return "" if isinstance(got, str) and re.search(wanted[2:-1], got) else f"{where}: {got!r} does not match {wanted[2:-1]}"
    if isinstance(wanted, dict):
        if not isinstance(got, dict):
            return f"{where}: expected an object, got {got!r}"
        more = wanted.get("<more>", False)
        for key, value in wanted.items():
            if key == "<more>":
                continue
            if key not in got:
                return f"{where}: member {key!r} is missing"
            problem = difference(value, got[key], f"{where}.{key}", saved)
            if problem:
                return problem
        extra = [k for k in got if k not in wanted]
        return f"{where}: unexpected members {extra}" if extra and not more else ""
    if isinstance(wanted, list):
        if not isinstance(got, list):
            return f"{where}: expected an array, got {got!r}"
        if wanted and wanted[0] == "<any order>":
            left = list(got)
            for i, item in enumerate(wanted[1:]):
                for j, candidate in enumerate(left):
                    if not difference(item, candidate, where, saved):
                        del left[j]
                        break
                else:
                    return f"{where}: no element like item {i}: {json.dumps(item, ensure_ascii=False)}"
            return f"{where}: {len(left)} unexpected elements: {json.dumps(left, ensure_ascii=False)[:300]}" if left else ""
        if len(wanted) != len(got):
            return f"{where}: {len(got)} elements, expected {len(wanted)}"
        for i, (a, b) in enumerate(zip(wanted, got)):
            problem = difference(a, b, f"{where}[{i}]", saved)
            if problem:
                return problem
        return ""
    if isinstance(wanted, bool) or isinstance(got, bool) or wanted is None or got is None:
        return "" if wanted is got else f"{where}: {got!r}, expected {wanted!r}"
    return "" if wanted == got else f"{where}: {got!r}, expected {wanted!r}"
