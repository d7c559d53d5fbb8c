#!/usr/bin/env python3
"""What the program is made of besides its own source. Works offline, on the files of the repository and dpkg.

Usage: scripts/dependencies.py check          every package that is used is in THIRD_PARTY.md, under a licence that we may use
       scripts/dependencies.py sbom [FILE]    a bill of materials (CycloneDX 1.5, JSON) of build/release/bin/tsunagu
"""
import base64
import datetime
import json
import pathlib
import re
import subprocess
import sys
import uuid

ROOT = pathlib.Path(__file__).resolve().parent.parent
PROGRAM = ROOT / "build/release/bin/tsunagu"

# Packages of scripts/setup.sh, by what they are called in THIRD_PARTY.md.
LIBRARIES = {
    "libfmt-dev": "{fmt}", "libspdlog-dev": "spdlog", "libexpected-dev": "tl::expected", "libxxhash-dev": "xxHash",
    "libsimdjson-dev": "simdjson", "libre2-dev": "RE2", "libgeos-dev": "GEOS", "libicu-dev": "ICU", "libsqlite3-dev": "SQLite",
    "libzstd-dev": "Zstandard", "libabsl-dev": "Abseil", "libsodium-dev": "libsodium", "libfido2-dev": "libfido2", "libcbor-dev": "libcbor",
    "libcjose-dev": "cjose", "libjansson-dev": "Jansson", "libqrencode-dev": "libqrencode", "libboost1.81-dev": "Boost",
    "libssl-dev": "OpenSSL", "zlib1g-dev": "zlib", "libcurl4-openssl-dev": "libcurl", "libmosquitto-dev": "libmosquitto",
    "libxlsxwriter-dev": "libxlsxwriter", "libserd-dev": "Serd", "libexpat1-dev": "Expat", "libzip-dev": "libzip",
    "libcairo2-dev": "Cairo", "libpango1.0-dev": "Pango", "fonts-noto-cjk": "Noto Sans CJK", "libcli11-dev": "CLI11",
    "libtomlplusplus-dev": "toml++", "libmimalloc-dev": "mimalloc",
    "libintelrdfpmath-dev": "Intel Decimal Floating-Point Math Library",
}
TOOLS = {
    "build-essential": "g++", "cmake": "CMake", "ninja-build": "Ninja", "make": "GNU make", "mold": "mold", "ccache": "ccache",
    "python3": "Python", "libgtest-dev": "GoogleTest", "libgmock-dev": "GoogleTest", "librapidcheck-dev": "RapidCheck",
    "libbenchmark-dev": "Google Benchmark", "nodejs": "Node.js", "npm": "npm", "wrk": "wrk", "clang-19": "clang",
    "libclang-rt-19-dev": "libFuzzer", "mosquitto": "mosquitto", "mosquitto-clients": "mosquitto", "openssl": "openssl", "chromium": "Chromium",
    "clang-format": "clang-format", "clang-tidy-19": "clang-tidy",
}
# Part of every Debian; what they do is theirs alone.
OF_THE_SYSTEM = {"pkg-config", "git", "curl", "ca-certificates"}

FREE = r"MIT|BSD-[23]-Clause|BSD|0BSD|Apache-2\.0|ISC|Zlib|BSL-1\.0|OFL-1\.1|CC0-1\.0|Unicode|public domain|curl|PSF-2\.0|Python-2\.0|EDL-1\.0"
IN_THE_PROGRAM = re.compile(rf"({FREE})|LGPL-2\.[01]-or-later.*linked dynamically|GPL-3\.0 with runtime exception")
ANY_TOOL = re.compile(rf"{FREE}|GPL-3\.0|AGPL-3\.0|MPL-2\.0|EPL-2\.0|Artistic-2\.0")
NPM = re.compile(rf"^\(?({FREE}|MPL-2\.0)(( AND | OR )({FREE}|MPL-2\.0))*\)?$")
NPM_OF_TESTS = re.compile(rf"{NPM.pattern}|^EPL-2\.0$")  # clients of others, run beside the program and never shipped
# Packages so old that the lock file does not say; their own package.json or read-me does.
OLD_NPM = {
    "asn1": "MIT", "assert-plus": "MIT", "aws-sign2": "Apache-2.0", "boom": "BSD", "combined-stream": "MIT", "cryptiles": "BSD",
    "ctype": "MIT", "delayed-stream": "MIT", "forever-agent": "Apache-2.0", "form-data": "MIT", "hawk": "BSD", "hoek": "BSD",
    "node-uuid": "MIT", "only": "MIT", "oauth-sign": "Apache-2.0", "qs": "BSD-3-Clause", "sntp": "BSD", "underscore": "MIT",
}


def lines_of(*command):
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()


def wanted_packages():
    """The Debian packages that scripts/setup.sh installs."""
    text = re.sub(r"#.*", "", (ROOT / "scripts/setup.sh").read_text(encoding="utf-8"))
    for group in re.findall(r"packages\+?=\(([^)]*)\)", text):
        yield from group.split()


def tables():
    """Rows of THIRD_PARTY.md: (heading, cells)."""
    heading = ""
    for line in (ROOT / "THIRD_PARTY.md").read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            heading = line[3:]
        elif line.startswith("|") and not line.startswith("|---"):
            yield heading, [cell.strip() for cell in line.strip("|").split("|")]


def locks():
    for name in lines_of("git", "ls-files", "*package-lock.json"):
        packages = json.loads((ROOT / name).read_text(encoding="utf-8"))["packages"]
        for path, entry in packages.items():
            if path:
                yield name, path.split("node_modules/")[-1], entry


def check():
    rows = list(tables())
    known = "\n".join(" ".join(cells[:2]) for _, cells in rows)
    for package in wanted_packages():
        title = LIBRARIES.get(package) or TOOLS.get(package)
        if title is None and package not in OF_THE_SYSTEM:
            yield f"scripts/setup.sh installs {package}: say in scripts/dependencies.py and THIRD_PARTY.md what it is"
        elif title is not None and title not in known:
            yield f"{title} ({package}) is not in THIRD_PARTY.md"
    for heading, cells in rows:
        if len(cells) < 3 or cells[2] == "licence":
            continue
        if heading.startswith("In the") or heading.startswith("Beside"):
            if not IN_THE_PROGRAM.search(cells[2]):
                yield f"THIRD_PARTY.md: {cells[0]}: {cells[2]} is no licence for what goes into the program"
        elif heading.startswith("To build") and not ANY_TOOL.search(cells[2]):
            yield f"THIRD_PARTY.md: {cells[0]}: unknown licence {cells[2]}"
    for lock, name, entry in locks():
        licence = entry.get("license") or OLD_NPM.get(name, "none")
        if not (NPM_OF_TESTS if lock.startswith("tests/") else NPM).match(licence):
            yield f"{lock}: {name}: {licence} is not a licence that we may use"
        if lock == "web/package-lock.json" and not entry.get("dev") and name not in known:
            yield f"{lock}: {name} goes into the program and is not in THIRD_PARTY.md"
    if PROGRAM.exists():
        for file, package in packages_of(linked()).items():
            if package is None:
                yield f"{PROGRAM.name} is linked with {file}, which is of no Debian package"


def linked():
    """Files of the shared libraries that the program loads."""
    for line in lines_of("ldd", str(PROGRAM)):
        match = re.search(r"=> (/\S+)", line)
        if match:
            yield match[1]


def packages_of(files):
    """The Debian package of each file; None for those of none. One look at dpkg's lists for all."""
    names = {file: {file, file.removeprefix("/usr"), str(pathlib.Path(file).resolve())} for file in files}
    wanted = sorted(set().union(*names.values()))
    found = subprocess.run(["dpkg-query", "-S", *wanted], capture_output=True, text=True).stdout
    owner = {path: package.split(",")[0].split(":")[0] for package, _, path in (line.partition(": ") for line in found.splitlines())}
    return {file: next((owner[path] for path in paths if path in owner), None) for file, paths in names.items()}


def deb(package, scope):
    version, source, arch = lines_of("dpkg-query", "-W", "-f=${Version}\n${source:Package}\n${Architecture}\n", package)[:3]
    return {
        "type": "library", "bom-ref": f"deb:{package}", "name": package, "version": version, "scope": scope,
        "purl": f"pkg:deb/debian/{package}@{version.replace('+', '%2B')}?arch={arch}&distro=debian-12",
        "properties": [{"name": "debian:source", "value": source}],
    }


def npm(name, entry):
    component = {
        "type": "library", "bom-ref": f"npm:{name}", "name": name, "version": entry["version"], "scope": "required",
        "purl": f"pkg:npm/{name.replace('@', '%40')}@{entry['version']}",
        "licenses": [{"license": {"id": entry["license"]}}],
    }
    algorithm, _, digest = entry.get("integrity", "").partition("-")
    if algorithm == "sha512":
        component["hashes"] = [{"alg": "SHA-512", "content": base64.b64decode(digest).hex()}]
    return component


def sbom():
    loaded = set(packages_of(linked()).values()) - {None}
    compiled_in = {p for p in LIBRARIES if subprocess.run(["dpkg-query", "-W", p], capture_output=True).returncode == 0}
    components = [deb(p, "required") for p in sorted(loaded)]
    # Headers, templates and static parts that were compiled into the program.
    components += [deb(p, "required") for p in sorted(compiled_in - loaded)]
    components += [npm(name, entry) for lock, name, entry in locks() if lock == "web/package-lock.json" and not entry.get("dev")]
    version = lines_of(str(PROGRAM), "--version")[0].split()[1]
    commit, seconds = lines_of("git", "log", "-1", "--format=%H%n%ct")
    serial = uuid.uuid5(uuid.NAMESPACE_URL, json.dumps([commit, components], sort_keys=True))
    return {
        "bomFormat": "CycloneDX", "specVersion": "1.5", "serialNumber": f"urn:uuid:{serial}", "version": 1,
        "metadata": {
            "timestamp": datetime.datetime.fromtimestamp(int(seconds), datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "component": {
                "type": "application", "bom-ref": "tsunagu", "name": "tsunagu", "version": version,
                "licenses": [{"license": {"id": "Apache-2.0"}}],
                "properties": [{"name": "git:commit", "value": commit}],
            },
        },
        "components": components,
        "dependencies": [{"ref": "tsunagu", "dependsOn": [c["bom-ref"] for c in components]}],
    }


def main():
    if sys.argv[1:] == ["check"]:
        problems = list(check())
        for problem in problems:
            print(problem)
        return 1 if problems else 0
    if sys.argv[1:2] == ["sbom"] and len(sys.argv) <= 3:
        if not PROGRAM.exists():
            print(f"{PROGRAM} is not there: make build", file=sys.stderr)
            return 1
        text = json.dumps(sbom(), indent=2, ensure_ascii=False) + "\n"
        if len(sys.argv) == 3:
            pathlib.Path(sys.argv[2]).write_text(text, encoding="utf-8")
        else:
            sys.stdout.write(text)
        return 0
    print(__doc__.strip(), file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
