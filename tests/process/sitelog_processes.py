"""Real processes for tests: a headquarters, its sites' devices, and what they print.

Everything a test starts lives in a temporary folder of its own and is ended by its process id. A
test that fails keeps the folder and prints where it is, with the commands that led there.
SITELOG_BIN names the folder of sitelogd and sitelog.
"""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
BIN = Path(os.environ.get("SITELOG_BIN", REPOSITORY / "build" / "release" / "bin"))
DEFINITIONS = REPOSITORY / "campaign" / "definitions"
CAMPAIGN = "thousand-events"
CAMPAIGN_FILE = DEFINITIONS / "thousand-events.toml"
UNITS_FILE = DEFINITIONS / "units-thousand-events.csv"

# Units of the first campaign that the tests use: a mine's crew, a construction site, a workshop.
CREW = "shenma-mine-8-team-1"
SITE = "site-east-1"
WORKSHOP = "wusteel-rolling"

DONE, REFUSED, USAGE, UNREACHABLE = 0, 1, 2, 3
PATIENCE_S = 60

KINDS = ["performance", "film", "calligraphy", "training", "lecture"]
LEVELS = ["county", "district", "grassroots"]


def an_event(number=1, **fields):
    """A plain event, as field values; `fields` replaces or adds some."""
    event = {
        "kind": KINDS[number % len(KINDS)],
        "title": f"井口慰问演出 {number}",
        "date": f"2020-{6 + number % 5:02d}-{1 + number % 28:02d}",
        "level": LEVELS[number % len(LEVELS)],
        "participants": 20 + number % 200,
        "status": "held",
    }
    event.update(fields)
    return event


class Outcome:
    """What one command did: its exit status, its JSON lines and its words."""

    def __init__(self, command, status, out, err):
        self.command, self.status, self.out, self.err = command, status, out, err

    @property
    def lines(self):
        return [json.loads(line) for line in self.out.splitlines() if line.strip()]

    @property
    def line(self):
        lines = self.lines
        assert len(lines) == 1, f"one line was expected\n{self}"
        return lines[0]

    @property
    def error(self):
        errors = [line["error"] for line in self.lines if "error" in line and "line" not in line]
        assert len(errors) == 1, f"one error was expected\n{self}"
        return errors[0]

    def __str__(self):
        shown_out = self.out if len(self.out) < 4000 else self.out[:2000] + "\n…\n" + self.out[-2000:]
        return (f"$ {self.command}\nexit status {self.status}\n"
                f"--- output\n{shown_out}--- messages\n{self.err[-4000:]}")


def free_environment(home, **more):
    """The environment of a test's processes: English, and nothing of the one who runs the test."""
    kept = {name: os.environ[name] for name in ("PATH", "ASAN_OPTIONS", "TSAN_OPTIONS", "UBSAN_OPTIONS")
            if name in os.environ}
    kept.update(HOME=str(home), LANG="en_US.UTF-8", **more)
    return kept


class Program:
    """A data folder and the program that works on it."""

    program = ""

    def __init__(self, case, name):
        self.case, self.name = case, name
        self.folder = case.folder / name
        self.process = None
        self.prefix = []  # words before each of its commands, such as "ip netns exec …"
        self.environment = None  # of all its processes, where it is not the usual one
        self.messages = case.folder / f"{name}.messages"

    def run(self, *words, expect=DONE, as_json=True, stdin=None, environment=None, timeout=PATIENCE_S):
        """Runs one command and waits for it. `expect` None takes any exit status."""
        command = [*self.prefix, str(BIN / self.program), "--data", str(self.folder)]
        command += ["--json"] if as_json else []
        command += [str(word) for word in words]
        return self.case.run_command(command, expect, stdin, environment or self.environment, timeout)

    def start(self, *words):
        """Starts a command that stays; its first line of output is returned."""
        assert self.process is None
        command = [*self.prefix, str(BIN / self.program), "--data", str(self.folder), "--json",
                   *map(str, words)]
        self.case.note("& " + " ".join(command))
        with open(self.messages, "ab") as messages:
            self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=messages,
                                            env=self.environment or free_environment(self.case.folder),
                                            text=True)
        first = self.process.stdout.readline()
        if not first:
            self.process.wait(PATIENCE_S)
            self.case.fail(f"{' '.join(command)} ended with {self.process.returncode}: "
                           f"{self.messages.read_text()[-2000:]}")
        self.said = [json.loads(first)]
        process = self.process

        def listen():
            for line in process.stdout:
                self.said.append(json.loads(line))
            process.stdout.close()

        self.listener = threading.Thread(target=listen, daemon=True)
        self.listener.start()
        return self.said[0]

    @property
    def running(self):
        return self.process is not None and self.process.poll() is None

    def _end(self, how):
        process, self.process = self.process, None
        if process is None:
            return None
        if process.poll() is None:
            process.send_signal(how)
        try:
            status = process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise AssertionError(f"{self.program} did not end on {how.name}")
        self.listener.join(PATIENCE_S)
        return status

    def stop(self):
        """Ends what was started as an administrator would; returns its exit status."""
        return self._end(signal.SIGTERM)

    def kill(self):
        """Ends what was started as a power failure would."""
        return self._end(signal.SIGKILL)

    def status(self):
        return self.run("status").line

    def seen(self, record):
        """Looks at a record: the word people copy, which record and what is shown of it."""
        line = self.look(record)
        return f"{line['record']}@{line['code']}"

    def decide(self, record, field, *words, expect=DONE):
        """Looks, then decides."""
        return self.run("decide", self.seen(record), field, *words, expect=expect)

    def candidate(self, record, field, value):
        """The entry of the candidate that has this value."""
        conflict = next(c for c in self.look(record)["conflicts"] if c["field"] == field)
        return next(c["entry"] for c in conflict["candidates"] if c["value"] == value)

    def verify(self, expect=DONE):
        """Runs `verify` and returns its summary line."""
        lines = self.run("verify", expect=expect).lines
        return next(line for line in lines if "findings" in line)


class Headquarters(Program):
    program = "sitelogd"

    def __init__(self, case, name="headquarters", set_up=True):
        super().__init__(case, name)
        self.address = None
        if set_up:
            self.set_up()

    def set_up(self):
        self.run("init", "--name", "平顶山市总工会")
        self.run("units", "import", UNITS_FILE)
        self.run("campaign", "publish", CAMPAIGN_FILE)

    def serve(self, address="127.0.0.1:0", *words):
        """Starts to serve; the port stays the same over restarts, so that devices find it again."""
        said = self.start("serve", "--listen", self.address or address, *words)
        self.address = said["listening"]
        return self.address

    def restart(self):
        self.stop()
        return self.serve()

    def invite(self, unit=CREW, *words):
        return self.run("invite", "--unit", unit, *words).line

    def unit(self, code=CREW):
        """The status of one unit."""
        return next(unit for unit in self.status()["units"] if unit["unit"] == code)

    def records(self, *words):
        return self.run("records", "list", *words).lines

    def record(self, wanted):
        return self.run("records", "show", wanted).line

    look = record

    def review(self, verdict, record, *words, expect=DONE):
        """Looks, then says what headquarters thinks of it."""
        return self.run("review", verdict, self.seen(record), *words, expect=expect)

    def edit(self, record, *words, expect=DONE):
        """Looks, then changes it."""
        return self.run("edit", self.seen(record), *words, expect=expect)

    def conflicts(self):
        return self.run("conflicts", "list").lines


class Device(Program):
    program = "sitelog"

    def join(self, headquarters, unit=CREW):
        code = headquarters.invite(unit)["code"]
        self.run("join", code, "--headquarters", headquarters.address, "--name", self.name)
        return self

    def record(self, **fields):
        """Records one event, also where the same was recorded before, and returns its id."""
        words = [f"{name}={value}" for name, value in an_event(**fields).items() if name != "number"]
        return self.run("record", "event", *words, "--again").line["record"]

    def record_many(self, events, expect=DONE, timeout=PATIENCE_S, again=True):
        """Records events given as objects, from a file; returns the lines printed. `again`: also where
        the same was recorded before."""
        file = self.case.folder / f"{self.name}-{time.monotonic_ns()}.jsonl"
        with open(file, "w", encoding="utf-8") as lines:
            for event in events:
                lines.write((event if isinstance(event, str) else json.dumps(event, ensure_ascii=False))
                            + "\n")
        return self.run("record", "event", "--from", file, *["--again"][:again], expect=expect,
                        timeout=timeout).lines

    def edit(self, record, **fields):
        return self.run("edit", record, *(f"{name}={value}" for name, value in fields.items())).line

    def sync(self, expect=DONE, timeout=PATIENCE_S):
        outcome = self.run("sync", expect=expect, timeout=timeout)
        return outcome.line if expect == DONE else outcome

    def records(self, *words):
        return self.run("list", *words).lines

    def show(self, wanted):
        return self.run("show", wanted).line

    look = show

    def conflicts(self):
        return self.run("conflicts").lines

    def agent(self):
        return self.start("agent")


class ProcessTest(unittest.TestCase):
    """A test with a folder of its own, in which nothing it started outlives it."""

    maxDiff = 4000

    def run(self, result=None):
        result = result if result is not None else self.defaultTestResult()
        self.folder = Path(tempfile.mkdtemp(prefix="sitelog-"))
        self.programs = []
        self.log = open(self.folder / "commands.log", "w", encoding="utf-8")
        before = len(result.failures) + len(result.errors)
        try:
            super().run(result)
        finally:
            for program in self.programs:
                program.kill()
            self.log.close()
            if len(result.failures) + len(result.errors) == before:
                shutil.rmtree(self.folder, ignore_errors=True)
            else:
                print(f"\nkept: {self.folder} (what was run: {self.folder}/commands.log)",
                      file=sys.stderr)
        return result

    def note(self, text):
        self.log.write(text + "\n")
        self.log.flush()

    def run_command(self, command, expect=DONE, stdin=None, environment=None, timeout=PATIENCE_S):
        self.note("$ " + " ".join(command))
        done = subprocess.run(command, input=stdin, capture_output=True, timeout=timeout,
                              encoding="utf-8",
                              env=environment or free_environment(self.folder))
        outcome = Outcome(" ".join(command), done.returncode, done.stdout, done.stderr)
        self.note(f"= {done.returncode}\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
        if expect is not None:
            self.assertEqual(done.returncode, expect, f"\n{outcome}")
        return outcome

    def headquarters(self, name="headquarters", set_up=True, serving=True):
        out = Headquarters(self, name, set_up)
        self.programs.append(out)
        if serving:
            out.serve()
        return out

    def new_device(self, name):
        """A device that has not joined."""
        out = Device(self, name)
        self.programs.append(out)
        return out

    def device(self, headquarters, name="甲", unit=CREW):
        """A device that has joined."""
        return self.new_device(name).join(headquarters, unit)

    def wait_until(self, condition, what, timeout_s=PATIENCE_S):
        """Waits until `condition()` holds and returns how long that took, in seconds."""
        start = time.monotonic()
        while not condition():
            if time.monotonic() - start > timeout_s:
                self.fail(f"{what}: not within {timeout_s} s")
            time.sleep(0.02)
        return time.monotonic() - start

    def random(self):
        """Random numbers whose seed is printed; SITELOG_SEED repeats a run."""
        seed = int(os.environ.get("SITELOG_SEED", time.time_ns() % 1_000_000))
        print(f"\n{self.id()}: SITELOG_SEED={seed}", file=sys.stderr)
        return random.Random(seed)

    def settle(self, *devices, rounds=3):
        """Syncs until nothing moves any more: each device sees what the others sent."""
        for _ in range(rounds):
            moved = [device.sync() for device in devices]
            if not any(line["sent"] or line["received"] for line in moved):
                return

    def assert_equal_everywhere(self, headquarters, *devices, unit=CREW):
        """Headquarters and the devices of a unit hold the same entries and the same states."""
        at_top = headquarters.unit(unit)
        for device in devices:
            here = device.status()
            for digest in ("book_digest", "state_digest"):
                self.assertEqual(here[digest], at_top[digest], f"{digest} of {device.name}")
            self.assertEqual(here["entries"]["waiting"], 0)
            self.assertEqual(here["records"], at_top["records"])
            self.assertEqual(here["conflicts"], at_top["conflicts"])

    def assert_sound(self, *programs):
        for program in programs:
            self.assertEqual(program.verify()["findings"], 0, program.name)
