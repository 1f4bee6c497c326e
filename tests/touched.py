#!/usr/bin/env python3
"""The tests that a change since COMMIT can have touched, one name a line.

    touched.py COMMIT    after building: what each program was made of is asked of ninja

A test of a program is touched where a file that the program was made of has changed (or one
that was not committed yet); a module of process tests too where it has changed itself. What no rule here
knows touches everything. The quick checks of the whole tree are always among them.
"""

import json
import re
import subprocess
import sys
from pathlib import Path

TOP = Path(__file__).resolve().parents[1]
ALWAYS = {"tidy", "messages_complete", "mutants_fit_the_sources"}
# Everything follows from these.
WHOLE = re.compile(r"^(CMakeLists\.txt|CMakePresets\.json|dev|cmake/|\.ci/|.*/CMakeLists\.txt$)")
# Read when tests run, by the programs named.
READ = [
    (re.compile(r"^docs/protocol\.md$"), {"session_tests", "unit_ledger"}),
    (re.compile(r"^campaign/definitions/"), {"unit_campaign", "fuzz_replay", "sitelogd"}),
    (re.compile(r"^command/(po/|messages\.sh)"), {"unit_command", "sitelogd", "sitelog"}),
    (re.compile(r"^sync/store/.*\.sql$"), {"store_tests", "sitelogd", "sitelog", "simulation"}),
    (re.compile(r"^tests/store/.*\.sql$"), {"store_tests"}),
    (re.compile(r"^tests/unit/ledger/.*\.txt$"), {"unit_ledger"}),
]
# Touch no program.
WORDS = re.compile(r"^(docs/|README|demo/|bench/.*\.(json|md)$|tests/simulation/mutants\.py$"
                   r"|tests/tidy/|tests/touched\.py$|\.gitignore$|\.clang-format$)")


def run(*command):
    return subprocess.run(command, cwd=TOP, check=True, capture_output=True, text=True).stdout


def changed_since(commit):
    tracked = run("git", "diff", "--name-only", commit).split("\n")
    untracked = run("git", "ls-files", "--others", "--exclude-standard").split("\n")
    return {name for name in tracked + untracked if name}


def made_of(build, program):
    """Files of the checkout that `program` of this build was made of."""
    inputs = run("ninja", "-C", build, "-t", "inputs", f"bin/{program}").split("\n")
    inputs = [line for line in inputs if line and not line.startswith("ninja:")]
    names = set(inputs)
    of_object = headers_of(build)
    for name in inputs:
        names |= of_object.get(name, set())
    out = set()
    for name in names:
        path = (TOP / build / name).resolve()
        if path.is_relative_to(TOP):
            out.add(str(path.relative_to(TOP)))
    return out


_headers = {}


def headers_of(build):
    if build not in _headers:
        found, at = {}, None
        for line in run("ninja", "-C", build, "-t", "deps").split("\n"):
            if line and not line.startswith(" "):
                at = found.setdefault(line.split(":")[0], set())
            elif line.strip():
                at.add(line.strip())
        _headers[build] = found
    return _headers[build]


def touched(tests, changed):
    """Names of `tests` (ctest's JSON) that `changed` can have touched."""
    unknown = {name for name in changed if not WORDS.match(name)}
    if any(WHOLE.match(name) for name in unknown):
        return {test["name"] for test in tests}
    programs = {}

    def program_touched(build, program):
        key = (build, program)
        if key not in programs:
            parts = made_of(build, program)
            read = any(rule.match(name) and program in readers
                       for name in changed for rule, readers in READ)
            programs[key] = read or not changed.isdisjoint(parts)
            known.update(parts)
        return programs[key]

    known = {name for name in unknown for rule, _ in READ if rule.match(name)}
    out = set(ALWAYS)
    for test in tests:
        name, command = test["name"], test["command"]
        if name in ALWAYS:
            continue
        if name.startswith("process_"):
            module = f"tests/process/test_{name.removeprefix('process_')}.py"
            helpers = {each for each in changed if each.startswith("tests/process/")
                       and not Path(each).name.startswith("test_")}
            known.update(helpers, {module})
            hit = module in changed or helpers
            hit = any([program_touched("build/release", each)
                       for each in ("sitelog", "sitelogd")]) or hit
        else:
            path = Path(command[0])
            build = "build/release" if "build/release" in str(path) else "build/dev"
            hit = program_touched(build, path.name)
            if name.startswith("fuzz_"):
                inputs = {each for each in changed if re.match(
                    rf"^tests/fuzz/(corpus|crashers)/{name.removeprefix('fuzz_')}/", each)}
                known.update(inputs)
                hit = hit or inputs
        if hit:
            out.add(name)
    if unknown - known - {name for name in unknown if name.startswith("bench/")}:
        return {test["name"] for test in tests}
    return out


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    listed = json.loads(run("ctest", "--test-dir", "build/dev", "--show-only=json-v1"))
    tests = [test for test in listed["tests"] if "command" in test]
    print("\n".join(sorted(touched(tests, changed_since(sys.argv[1])))))


main()
