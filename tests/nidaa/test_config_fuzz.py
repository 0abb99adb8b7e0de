"""Whatever people write, reading it ends in a configuration or in problems with places."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nidaa.config.load import LISTS, load_with_warnings
from nidaa.config.problems import ConfigurationError, Problem

WRITTEN = """office support anonymous yes closed * +* +21321* 100 100-109 109-100 +21321000001
    sunday workdays sunday-monday 08:00-12:00 22:00-02:00 24:00-24:00 2026-03-20 2026-02-30
    0001-01-01 9999-12-31 2200 DZ FR XX Africa/Algiers UTC Ramadan Ashura -1 0 1 fr"""
WORDS = st.sampled_from(WRITTEN.split())
SCALARS = st.one_of(WORDS, WORDS, st.text(max_size=8))
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(SCALARS, inner, max_size=3)
    ),
    max_leaves=6,
)


def files() -> st.SearchStrategy[dict[str, Any]]:
    """Files with keys that exist and values that may be anything."""
    return st.fixed_dictionaries(
        {
            file: st.fixed_dictionaries(
                {
                    name: st.lists(
                        st.dictionaries(st.sampled_from(sorted(model.model_fields)), VALUES),
                        max_size=3,
                    )
                    for name, model in lists.items()
                }
            )
            for file, lists in LISTS.items()
        }
    )


def problems(folder: Path) -> tuple[Problem, ...]:
    try:
        return load_with_warnings(folder).warnings
    except ConfigurationError as error:
        return error.problems


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(files())
def test_entries_with_any_values(tmp_path_factory: Any, written: dict[str, Any]) -> None:
    folder: Path = tmp_path_factory.mktemp("c")
    for file, content in written.items():
        (folder / file).write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    assert all(problem.place.file.parent == folder for problem in problems(folder))


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.sampled_from(sorted(LISTS)), st.binary(max_size=60) | st.text().map(str.encode))
def test_any_bytes(tmp_path_factory: Any, file: str, data: bytes) -> None:
    folder: Path = tmp_path_factory.mktemp("c")
    (folder / file).write_bytes(data)
    assert all(problem.text for problem in problems(folder))
