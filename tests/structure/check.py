#!/usr/bin/env python3
"""Fails when an include goes against the order of the folders, a file is too long or a folder has a name that says nothing.

Usage: tests/structure/check.py [SOURCE_ROOT]
The order is written down twice on purpose: here as the rule, in CMakeLists.txt as what each target may see.
"""
import pathlib
import re
import sys

# What each folder of src/ may include besides itself.
MAY_INCLUDE = {
    "base": set(),
    "ngsi": {"base"},
    "store": {"ngsi", "base"},
    "trust": {"store", "ngsi", "base"},
    "broker": {"trust", "store", "ngsi", "base"},
    "catalog": {"broker", "trust", "store", "ngsi", "base"},
    "things": {"broker", "trust", "store", "ngsi", "base"},
    "automation": {"broker", "trust", "store", "ngsi", "base"},
    "platform": {"base"},
    "gateway": {"platform", "automation", "things", "catalog", "broker", "trust", "store", "ngsi", "base"},
    "app": {"gateway", "platform", "automation", "things", "catalog", "broker", "trust", "store", "ngsi", "base"},
}
# What each folder of web/src may not import: pages stand on top, nothing leads into them but app/pages.ts.
WEB_MUST_NOT_IMPORT = {
    "api": {"ui", "map", "chart", "pages", "sw"},
    "i18n": {"api", "ui", "map", "chart", "pages", "sw"},
    "map": {"ui", "chart", "pages", "sw"},
    "chart": {"ui", "map", "pages", "sw"},
    "ui": {"map", "chart", "pages", "sw"},
    "app": {"map", "chart", "pages", "sw"},
    "pages": {"sw"},
    "sw": {"api", "app", "i18n", "ui", "map", "chart", "pages"},
}
WEB_SUFFIXES = {".ts", ".tsx", ".mjs", ".css"}
WEB_IMPORT = re.compile(r"""(?:from|import)\s*\(?\s*'(\.[^']+)'""")
EMPTY_NAMES = {"util", "utils", "common", "misc", "helper", "helpers"}
MAX_LINES = 600
SUFFIXES = {".h", ".cpp", ".cc"}
INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)"')


def check_file(source, path):
    folder = path.relative_to(source).parts[0]
    lines = path.read_text(encoding="utf-8").splitlines()
    if len(lines) > MAX_LINES:
        yield f"{path}: {len(lines)} lines, more than {MAX_LINES}: make it two files"
    for number, line in enumerate(lines, 1):
        match = INCLUDE.match(line)
        if not match:
            continue
        target = match[1].split("/")[0]
        if ".." in match[1].split("/") or target not in MAY_INCLUDE:
            yield f'{path}:{number}: "{match[1]}" must be written "<folder of src>/file.h"'
        elif target != folder and target not in MAY_INCLUDE[folder]:
            yield f"{path}:{number}: {folder} must not include {target}"


def check_simulator(root):
    """The simulator is a client like any other: of the program it may know only what knows nothing of the domain."""
    for path in sorted((root / "sim").rglob("*")):
        if path.suffix not in SUFFIXES:
            continue
        lines = path.read_text(encoding="utf-8").splitlines()
        if len(lines) > MAX_LINES:
            yield f"{path}: {len(lines)} lines, more than {MAX_LINES}: make it two files"
        for number, line in enumerate(lines, 1):
            match = INCLUDE.match(line)
            if match and match[1].split("/")[0] not in ("sim", "base"):
                yield f"{path}:{number}: sim must not include {match[1]}"


def check_web(root):
    source = root / "web" / "src"
    for path in sorted((root / "web").rglob("*")):
        parts = path.relative_to(root / "web").parts
        if path.suffix not in WEB_SUFFIXES or parts[0] in ("node_modules", "dist", ".generated"):
            continue
        text = path.read_text(encoding="utf-8")
        if text.count("\n") > MAX_LINES:
            yield f"{path}: more than {MAX_LINES} lines: make it two files"
        if parts[0] != "src" or len(parts) < 3 or path.name == "pages.ts":
            continue
        for match in WEB_IMPORT.finditer(text):
            target = (path.parent / match[1]).resolve()
            if source in target.parents and target.relative_to(source).parts[0] in WEB_MUST_NOT_IMPORT[parts[1]]:
                yield f"{path}: {parts[1]} must not import {match[1]}"


def check(root):
    source = root / "src"
    for path in sorted(source.iterdir()):
        if path.name not in MAY_INCLUDE:
            yield f"{path}: unknown folder; give it a place in the order"
    yield from check_simulator(root)
    yield from check_web(root)
    for place in ("src", "sim", "tests", "bench", "scripts", "cmake", "web/src", "web/build", "web/test"):
        for path in sorted((root / place).rglob("*")):
            if path.stem.lower() in EMPTY_NAMES and "node_modules" not in path.parts:
                yield f"{path}: this name says nothing about the content"
    for path in sorted(source.rglob("*")):
        if path.suffix in SUFFIXES and path.relative_to(source).parts[0] in MAY_INCLUDE:
            yield from check_file(source, path)


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve()
    faults = list(check(root))
    for fault in faults:
        print(fault)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
