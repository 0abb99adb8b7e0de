"""One log line per source and minute."""

from pbx.apps.quiet import EVERY, MAX_SOURCES, Quiet


class Lines:
    """Fits nidaa.logging.Log as far as Quiet needs it."""

    def __init__(self) -> None:
        self.all: list[str] = []

    def warning(self, text: str, **ids: object) -> None:
        self.all.append(text)


def test_a_source_is_spoken_of_once_a_minute() -> None:
    lines = Lines()
    quiet = Quiet(lines)
    for at in (0.0, 1.0, EVERY - 1, EVERY, EVERY + 1):
        quiet.warning("10.0.0.1", f"at {at}", at)
    assert lines.all == ["at 0.0", f"at {EVERY}"]


def test_sources_do_not_silence_each_other() -> None:
    lines = Lines()
    quiet = Quiet(lines)
    for source in ("10.0.0.1", "10.0.0.2"):
        quiet.warning(source, source, 0)
    assert lines.all == ["10.0.0.1", "10.0.0.2"]


def test_a_flood_of_sources_takes_no_more_memory() -> None:
    quiet = Quiet(Lines())
    for number in range(3 * MAX_SOURCES):
        quiet.warning(str(number), "x", 0)
    assert len(quiet._spoken_at) <= MAX_SOURCES
