"""The commands that look at the configuration: what they say and their exit codes."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from nidaa.cli.main import app


class Site:
    """A configuration folder, and the commands run on it."""

    def __init__(self, folder: Path) -> None:
        self.config, self.state = folder / "configs", folder / "var"
        self.config.mkdir()
        self.write(
            trunks="trunks:\n- {name: t, sources: [192.0.2.1]}\n",
            numbers="numbers:\n- {number: +21321000001, queue: support, schedule: office}\n",
            queues="queues:\n- name: support\n",
            schedules="schedules:\n- {name: office, hours: {workdays: 08:00-16:00}}\n",
        )

    def write(self, **files: str) -> None:
        for stem, text in files.items():
            (self.config / f"{stem}.yaml").write_text(text, encoding="utf-8")

    def run(self, *words: str) -> Result:
        environment = {"NIDAA_CONFIG": str(self.config), "NIDAA_STATE": str(self.state)}
        return CliRunner(env=environment).invoke(app, words)

    def said(self, *words: str) -> str:
        done = self.run(*words)
        assert done.exit_code == 0, done.output
        return done.stdout.replace(f"{self.config}/", "")


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def test_a_right_configuration(site: Site) -> None:
    expected = "3 listeners, 1 trunks, 1 numbers, 1 queues, 1 schedules: no error"
    assert site.said("check").rstrip().endswith(expected)


def test_warnings_are_said_and_count_only_when_asked(site: Site) -> None:
    site.write(queues="queues:\n- name: support\n- name: sales\n")
    said = site.said("check")
    assert 'queues.yaml:3:9: warning: no number leads to the queue "sales"' in said
    assert "no error, 1 warning\n" in said
    assert site.run("check", "--strict").exit_code == 3


def test_all_errors_are_said_and_none_of_the_warnings(site: Site) -> None:
    site.write(queues="queues:\n- name: support\n  ring_for: 1\n- name: sales\n  rings: 2\n")
    done = site.run("check", "--strict")
    assert done.exit_code == 1
    assert "the configuration has 2 errors:" in done.stderr
    assert "warning" not in done.output


def test_another_folder(site: Site, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    assert "0 numbers" in site.said("check", str(other))
    assert site.run("check", str(other / "nowhere")).exit_code == 1


def test_a_mistyped_command(site: Site) -> None:
    assert site.run("check", "--stric").exit_code == 2
