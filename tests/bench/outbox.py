"""Measures what one event costs pbx: taken, encoded, and written with others of its 20 ms.

`python -m tests.bench.outbox` prints JSON lines.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from time import process_time

from nidaa.contracts.events import SegmentKind, SegmentStarted, encode_data, event_type
from pbx.outbox import Outbox
from tests.bench.report import report

EVENTS, TOGETHER = 50_000, 10


def main() -> None:
    """Print the microseconds an event costs."""
    data = SegmentStarted("l01", SegmentKind.TALK, "support", "anna")
    with tempfile.TemporaryDirectory() as folder:
        outbox = Outbox(Path(folder), "bench")
        began = process_time()
        for i in range(EVENTS):
            outbox.append(
                event_type(data), 1_700_000_000_000_000, "default", "c01", encode_data(data)
            )
            if i % TOGETHER == 0:
                outbox.flush()
        used = process_time() - began
        outbox.close()
    report("outbox_event_us", used / EVENTS * 1e6, "us")


if __name__ == "__main__":
    main()
