"""Playing recordings: in parts, to whom they belong, and never another file."""

from __future__ import annotations

import json

import pytest

from crm_api.ingest import Ingest
from tests.crm_api.events import answered_call

AUDIO = "/api/recordings/v1-rec/audio"
PEAKS = "/api/recordings/v1-rec/peaks"


@pytest.fixture
async def recorded(anna, database, paths):
    """Anna's call v1 and its recording of 1000 bytes."""
    await Ingest(database, "default", "DZ").take(answered_call(agent=anna.agent))
    (paths.recordings / "v1.wav").write_bytes(bytes(range(250)) * 4)
    peaks = {"left": [0.0, 0.5], "right": [1.0, 0.25]}
    sidecar = {"duration_for": 30.0, "size": 1000, "sha256": "", "peaks": peaks}
    (paths.recordings / "v1.json").write_text(json.dumps(sidecar))
    return anna


async def test_whole_recording(recorded):
    answer = await recorded.http.get(AUDIO)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "audio/wav"
    assert answer.headers["accept-ranges"] == "bytes"
    assert len(answer.content) == 1000


@pytest.mark.parametrize(
    ("wanted", "content", "said"),
    [
        ("bytes=0-99", slice(0, 100), "bytes 0-99/1000"),
        ("bytes=990-", slice(990, 1000), "bytes 990-999/1000"),
        ("bytes=-10", slice(990, 1000), "bytes 990-999/1000"),
        ("bytes=500-5000", slice(500, 1000), "bytes 500-999/1000"),
    ],
)
async def test_part_of_a_recording(recorded, wanted, content, said):
    answer = await recorded.http.get(AUDIO, headers={"Range": wanted})
    assert answer.status_code == 206
    assert answer.headers["content-range"] == said
    assert answer.content == (bytes(range(250)) * 4)[content]


async def test_part_that_is_not_there(recorded):
    answer = await recorded.http.get(AUDIO, headers={"Range": "bytes=1000-"})
    assert answer.status_code == 416


async def test_peaks(recorded):
    answer = await recorded.http.get(PEAKS)
    assert answer.json() == {"left": [0.0, 0.5], "right": [1.0, 0.25], "duration_for": 30.0}


@pytest.mark.parametrize("path", [AUDIO, PEAKS])
async def test_other_agents_do_not_hear_it_and_supervisors_do(recorded, sign_in, supervisor, path):
    karim = await sign_in("karim", extension="1002")
    answer = await karim.http.get(path)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert (await supervisor.http.get(path)).status_code == 200


@pytest.mark.parametrize("path", [AUDIO, PEAKS])
async def test_file_that_was_deleted(recorded, paths, path):
    (paths.recordings / "v1.wav").unlink()
    answer = await recorded.http.get(path)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_recording_without_picture(recorded, paths):
    (paths.recordings / "v1.json").write_text("{")
    assert (await recorded.http.get(PEAKS)).status_code == 404


@pytest.mark.parametrize("path", ["../secret.wav", "/etc/passwd"])
async def test_path_outside_the_folder_is_not_served(anna, database, paths, path):
    (paths.state / "secret.wav").write_text("secret")
    events = answered_call(agent=anna.agent)
    events = [
        type(event)(
            event.id,
            event.seq,
            event.type,
            event.at,
            event.tenant,
            event.conversation,
            type(event.data)(bytes(event.data).replace(b"v1.wav", path.encode())),
        )
        for event in events
    ]
    await Ingest(database, "default", "DZ").take(events)
    answer = await anna.http.get(AUDIO)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_unknown_recording(anna):
    assert (await anna.http.get("/api/recordings/nothing/audio")).status_code == 404
