"""`nidaa explain`: what the running pbx decided, as lines and as JSON."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from nidaa.cli.explain import CannotExplain, explain
from nidaa.contracts import control
from nidaa.settings import Paths
from pbx.control import ControlServer
from pbx.events import Events
from pbx.outbox import Outbox

DECISION = control.Decision(0, "linear", "c1", "anna", 3.0, (), (), 0, "caller c1: anna")


def answer(command: control.Command) -> control.Result:
    match command:
        case control.GetDecisions("support"):
            return control.Decisions("support", (DECISION,))
        case control.GetDecisions("quiet"):
            return control.Decisions("quiet", ())
    return control.Refused(control.Refusal.UNKNOWN_QUEUE, "There is no such queue.")


@pytest.fixture
async def paths(tmp_path: Path) -> AsyncIterator[Paths]:
    made = Paths(tmp_path / "var", tmp_path / "configs")
    events = Events(Outbox(tmp_path / "outbox", "run"), "default", lambda: 1, lambda *_: None)
    server = ControlServer(made.pbx_socket, answer, events, "1")
    await server.start()
    yield made
    await server.close()
    await events.close()


async def test_decisions_are_told_one_a_line(paths: Paths) -> None:
    told = await explain(paths, "support", is_json=False)
    assert told.endswith(":00 caller c1: anna")


async def test_all_details_are_there_as_json(paths: Paths) -> None:
    told = json.loads(await explain(paths, "support", is_json=True))
    assert told["decisions"][0]["chosen"] == "anna"


async def test_a_queue_without_decisions_says_so(paths: Paths) -> None:
    assert "nobody called quiet" in await explain(paths, "quiet", is_json=False)


async def test_what_cannot_be_explained_says_why(paths: Paths, tmp_path: Path) -> None:
    with pytest.raises(CannotExplain, match="no such queue"):
        await explain(paths, "nowhere", is_json=False)
    elsewhere = Paths(tmp_path / "elsewhere", tmp_path / "configs")
    with pytest.raises(CannotExplain, match="not running"):
        await explain(elsewhere, "support", is_json=False)
