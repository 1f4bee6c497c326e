"""One headquarters and five devices: the real programs, each with a data folder of its own."""

import json
import os
import select
import signal
import subprocess
import time

from events import DEVICES


class NotAsTold(Exception):
    """Something is not as the story says it is."""


class World:
    """One headquarters and five devices, each in a data folder of its own."""

    def __init__(self, bin_folder, data, teller):
        self.bin = bin_folder
        self.data = data
        self.teller = teller
        self.environment = {k: v for k, v in os.environ.items() if k != "SITELOG_DATA"}
        self.daemon = None
        self.address = "127.0.0.1:0"
        self.log = None

    def folder(self, who):
        return os.path.join(self.data, who)

    def command(self, who, words):
        program = "sitelogd" if who == "hq" else "sitelog"
        return [program, "--data", self.folder(who), *words]

    def run(self, who, words, expected=0, given=None):
        """Runs a command; gives back what it printed, the error stream's words first."""
        program, *rest = self.command(who, words)
        done = subprocess.run(
            [os.path.join(self.bin, program), "--lang", self.teller.language, *rest],
            env=self.environment, input=given, capture_output=True, encoding="utf-8", timeout=60)
        if done.returncode != expected:
            raise NotAsTold(
                f"{' '.join(self.command(who, words))}: exit {done.returncode}, not {expected}\n"
                f"{done.stdout}{done.stderr}")
        return done.stdout, done.stderr

    def show(self, who, *words, expected=0, most=8):
        """Runs a command before the reader's eyes."""
        self.teller.command(self.command(who, words))
        out, err = self.run(who, words, expected)
        self.teller.output(err + out, most)
        return out

    def ask(self, who, *words, expected=0):
        """Runs a command for its JSON lines, unseen."""
        out, _ = self.run(who, [*words, "--json"], expected)
        return [json.loads(line) for line in out.splitlines()]

    def named(self, who, title):
        """The one record of that title."""
        found = [r for r, line in self.records(who).items() if line["fields"]["title"] == title]
        equal(len(found), 1, f"records called {title} at {who}")
        return found[0]

    def serve(self):
        """Starts the daemon at the address it had before, so that the devices find it again."""
        words = ["serve", "--listen", self.address, "--json"]
        self.teller.command([*self.command("hq", words), "&"])
        program, *rest = self.command("hq", words)
        if self.log is None:
            self.log = open(self.folder("sitelogd.log"), "w", encoding="utf-8")
        for _ in range(3):  # something else may use the port for a moment
            self.daemon = subprocess.Popen(
                [os.path.join(self.bin, program), *rest], env=self.environment, text=True,
                stdout=subprocess.PIPE, stderr=self.log)
            ready, _, _ = select.select([self.daemon.stdout], [], [], 15)
            line = self.daemon.stdout.readline() if ready else ""
            if "listening" in line:
                self.address = json.loads(line)["listening"]
                self.teller.output(line)
                return
            self.end_daemon()
            time.sleep(1)
        raise NotAsTold(f"sitelogd serve did not begin to listen: see {self.log.name}")

    def stop(self):
        """Stops the daemon before the reader's eyes."""
        self.teller.command(["kill", str(self.daemon.pid)])
        equal(self.end_daemon(), 0, "the daemon's exit status")

    def end_daemon(self):
        """Ends the daemon, if there is one, by its process id; gives back its exit status."""
        if self.daemon is None:
            return None
        daemon, self.daemon = self.daemon, None
        if daemon.poll() is None:
            daemon.send_signal(signal.SIGTERM)
        try:
            code = daemon.wait(timeout=15)
        except subprocess.TimeoutExpired:
            daemon.kill()
            code = daemon.wait()
        daemon.stdout.close()
        return code

    def sync(self, who):
        """Syncs unseen; true when both sides hold the same."""
        outcome = self.ask(who, "sync")[-1]
        check(outcome["caught_up"], f"{who} is caught up")
        return outcome

    def sync_all(self):
        """Twice, as what one device brings is news to those that were there before it."""
        for _ in range(2):
            for who in DEVICES:
                self.sync(who)

    def status(self, who):
        return self.ask(who, "status")[0]

    def unit_at_hq(self, unit):
        return next(u for u in self.status("hq")["units"] if u["unit"] == unit)

    def records(self, who, *words):
        words = ("records", "list", *words) if who == "hq" else ("list", *words)
        return {line["record"]: line for line in self.ask(who, *words)}


def check(condition, what):
    if not condition:
        raise NotAsTold(f"not so: {what}")


def equal(actual, expected, what):
    if actual != expected:
        raise NotAsTold(f"{what}: {actual}, not {expected}")
