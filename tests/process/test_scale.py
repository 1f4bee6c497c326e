"""Many events at once. SITELOG_SCALE says how many; a hundred thousand must do."""

import os
import time
import unittest

from sitelog_processes import ProcessTest, an_event

EVENTS = int(os.environ.get("SITELOG_SCALE", "5000"))
PATIENCE_S = 60 + EVENTS / 200


class Scale(ProcessTest):
    def test_many_events_from_a_file_reach_an_empty_headquarters_and_a_second_sync_is_one_exchange(self):
        top = self.headquarters()
        device = self.device(top)
        start = time.monotonic()
        lines = device.record_many((an_event(i) for i in range(EVENTS)), timeout=PATIENCE_S)
        recorded_s = time.monotonic() - start
        self.assertEqual(len({line["record"] for line in lines}), EVENTS)
        self.assertEqual([line["line"] for line in lines], list(range(1, EVENTS + 1)))
        synced = device.sync(timeout=PATIENCE_S)
        self.assertEqual((synced["sent"], synced["caught_up"]), (EVENTS, True))
        again = device.sync(timeout=PATIENCE_S)
        self.assertEqual((again["sent"], again["received"], again["exchanges"]), (0, 0, 1))
        self.assertLess(again["bytes_sent"] + again["bytes_received"], 2000)
        print(f"\n{EVENTS} events: recorded in {recorded_s:.1f} s, synced in {synced['seconds']:.1f} s "
              f"({synced['bytes_sent'] / EVENTS:.0f} bytes each), again in {again['seconds']:.3f} s",
              flush=True)
        self.assertEqual(top.unit()["records"], EVENTS)
        self.assert_equal_everywhere(top, device)
        report = top.run("report", "statistics", "--campaign", "thousand-events").line
        self.assertEqual(report["total"]["events"], EVENTS)
        other = self.device(top, "乙")
        self.assertEqual(other.status()["records"], EVENTS, "joining brings everything")
        device.sync()  # the other's grant
        self.assert_equal_everywhere(top, device, other)


if __name__ == "__main__":
    unittest.main()
