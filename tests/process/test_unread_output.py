"""Output that nobody reads holds up nobody who serves, and is told of when it flows again."""

import fcntl
import json
import os
import signal
import socket
import subprocess
import time
import unittest

from sitelog_processes import BIN, ProcessTest, free_environment

ENDS_WITHIN_S = 8


def full_pipe():
    """A pipe of the smallest size, filled to the last byte; its two ends."""
    read, write = os.pipe()
    fcntl.fcntl(write, fcntl.F_SETPIPE_SZ, 4096)
    os.set_blocking(write, False)
    try:
        while True:
            os.write(write, b"x" * 64)
    except BlockingIOError:
        pass
    try:
        while True:
            os.write(write, b"x")
    except BlockingIOError:
        pass
    os.set_blocking(write, True)
    return read, write


class Unread(ProcessTest):
    def run_with(self, program, *words, out=subprocess.DEVNULL, err=subprocess.DEVNULL):
        """Starts a command that stays, with these outputs, and ends it with the test."""
        process = subprocess.Popen([str(BIN / program.program), "--data", str(program.folder), "--json",
                                    *words], stdout=out, stderr=err,
                                   env=free_environment(self.folder))
        self.addCleanup(lambda: process.poll() is None and process.kill())
        return process

    def assert_ends(self, process):
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(ENDS_WITHIN_S), 0, "SIGTERM ends it all the same")

    def port(self):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            return free.getsockname()[1]

    def knock(self, address, times):
        """What headquarters writes a line of its log about, each time."""
        host, port = address.split(":")
        for _ in range(times):
            with socket.create_connection((host, int(port)), timeout=10) as connection:
                connection.sendall(b"GET / HTTP/1.0\r\n\r\n")
                connection.settimeout(10)
                try:
                    while connection.recv(4096):
                        pass
                except OSError:
                    pass

    def test_headquarters_serves_on_while_nobody_reads_its_log(self):
        top = self.headquarters(serving=False)
        address = f"127.0.0.1:{self.port()}"
        read, write = full_pipe()
        process = self.run_with(top, "serve", "--listen", address, err=write)
        os.close(write)
        top.address = address
        self.wait_until(lambda: top.run("status", expect=None).status == 0 and self.answers(address),
                        "it serves")
        device = self.device(top)
        for turn in range(3):
            self.knock(address, 40)
            device.record(title=f"{turn}")
            started = time.monotonic()
            self.assertTrue(device.sync(timeout=20)["caught_up"])
            self.assertLess(time.monotonic() - started, 15)
        self.assert_ends(process)
        os.close(read)

    def answers(self, address):
        host, port = address.split(":")
        try:
            socket.create_connection((host, int(port)), timeout=1).close()
            return True
        except OSError:
            return False

    def test_headquarters_serves_on_while_nobody_reads_its_output(self):
        top = self.headquarters(serving=False)
        address = f"127.0.0.1:{self.port()}"
        read, write = full_pipe()
        process = self.run_with(top, "serve", "--listen", address, out=write, err=write)
        os.close(write)
        top.address = address
        self.wait_until(lambda: self.answers(address), "it serves")
        self.device(top).sync()
        self.assert_ends(process)
        os.close(read)

    def test_an_agent_syncs_and_ends_while_nobody_reads_its_output(self):
        top = self.headquarters()
        device = self.device(top)
        read, write = full_pipe()
        process = self.run_with(device, "agent", out=write, err=write)
        os.close(write)
        self.wait_until(lambda: device.status()["last_sync"] is not None, "it runs")
        for turn in range(3):
            device.record(title=f"{turn}")
            self.wait_until(lambda: device.status()["entries"]["waiting"] == 0, "it is sent", 30)
            top.restart()
        self.assert_ends(process)
        os.close(read)

    def test_an_agents_lines_come_in_order_and_whole_where_they_are_read(self):
        top = self.headquarters()
        device = self.device(top)
        said = device.agent()
        self.assertEqual(said["event"], "started")
        self.wait_until(lambda: any(line.get("event") == "caught_up" for line in device.said), "it syncs")
        self.assertEqual(device.stop(), 0)
        self.assertEqual([line for line in device.said if not json.dumps(line)], [])


if __name__ == "__main__":
    unittest.main()
