"""The loader: what it reads, and that it names everything that is wrong."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_network
from pathlib import Path

import pytest

from nidaa.config.load import load
from nidaa.config.models import Configuration
from nidaa.config.problems import ConfigurationError

SHIPPED = Path(__file__).parents[2] / "configs"
Written = Callable[..., Path]


@pytest.fixture
def folder(tmp_path: Path) -> Written:
    def write(name: str = "a", **files: str) -> Path:
        made = tmp_path / name
        made.mkdir()
        for stem, text in files.items():
            (made / f"{stem}.yaml").write_text(text, encoding="utf-8")
        return made

    return write


def wrong(*folders: Path) -> list[str]:
    """Each problem as `file:line:column: text`, the file without its folder."""
    with pytest.raises(ConfigurationError) as caught:
        load(*folders)
    return [
        str(problem).replace(f"{problem.place.file.parent}/", "", 1)
        for problem in caught.value.problems
    ]


def test_the_shipped_configuration_is_right_and_says_the_defaults() -> None:
    assert load(SHIPPED) == Configuration()


def test_missing_files_and_folders_mean_the_defaults(folder: Written, tmp_path: Path) -> None:
    assert load(folder(), tmp_path / "nowhere") == Configuration()


def test_an_empty_file_means_the_defaults(folder: Written) -> None:
    assert load(folder(system="# nothing\n", queues="")) == Configuration()


def test_texts_keep_their_zero_and_a_no_stays_a_no(folder: Written) -> None:
    loaded = load(
        folder(
            numbers="numbers:\n- {number: 0550123456, extension: 0100}\n",
            queues="queues:\n- {name: no, is_recorded: no, ring_for: 0x10}\n".replace("0x10", "15"),
        )
    )
    assert loaded.numbers[0].number == "0550123456"
    assert loaded.numbers[0].extension == "0100"
    assert (loaded.queues[0].name, loaded.queues[0].is_recorded) == ("no", False)
    assert loaded.queues[0].ring_for == 15.0


def test_a_whole_configuration(folder: Written) -> None:
    loaded = load(
        folder(
            system="address: 192.0.2.1\nhttp:\n  port: 443\n",
            trunks="trunks:\n- name: carrier\n  sources: [198.51.100.7, 2001:db8::/64]\n",
            numbers='numbers:\n- number: "+21321000001"\n  queue: support\n  language: ar\n',
            queues="queues:\n- name: support\n  title: {fr: Assistance, ar: الدعم}\n",
        )
    )
    assert (loaded.system.address, loaded.system.http.port) == ("192.0.2.1", 443)
    assert loaded.trunks[0].sources == (ip_network("198.51.100.7"), ip_network("2001:db8::/64"))
    assert loaded.numbers[0].language == "ar"
    assert loaded.queues[0].title["ar"] == "الدعم"


def test_later_folders_add_entries_and_replace_system_keys(folder: Written) -> None:
    first = folder(
        "a", system="domain: a.local\ntenant: ours\n", queues="queues: [{name: support}]"
    )
    second = folder("b", system="domain: b.local\n", queues="queues: [{name: sales}]")
    loaded = load(first, second)
    assert [queue.name for queue in loaded.queues] == ["support", "sales"]
    assert (loaded.system.domain, loaded.system.tenant) == ("b.local", "ours")


def test_a_key_without_value_is_not_there(folder: Written) -> None:
    loaded = load(folder(system="database:\nmedia:\n", queues="queues:\n"))
    assert loaded == Configuration()


def test_all_errors_are_told_at_once_in_the_order_of_the_files(folder: Written) -> None:
    found = wrong(
        folder(
            queues="queues:\n  - name: support\n    ring_for: fast\n    wrapup_for: 5\n",
            system="http:\n  port: 99999\n",
        )
    )
    assert found == [
        'queues.yaml:3:15: ring_for: "fast" should be a number',
        'queues.yaml:4:5: unknown key "wrapup_for"; did you mean "wrap_up_for"?',
        'system.yaml:2:9: port: "99999" should be 65535 or less',
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("domaine: x", 'system.yaml:1:1: unknown key "domaine"; did you mean "domain"?'),
        ("zzz: x", 'system.yaml:1:1: unknown key "zzz"'),
        ("http:\n  prt: 1", 'system.yaml:2:3: unknown key "prt"; did you mean "port"?'),
        ("listeners:\n- {named: a}",
         'system.yaml:2:4: unknown key "named"; did you mean "name"?'),
        (f"media: {{workers: {'9' * 5000}}}", f'system.yaml:1:18: workers: "{"9" * 60}" should be '
         "something else: Unable to parse input string as an integer, exceeded maximum size"),
        ("digest: []", "system.yaml:1:9: digest: this list should be at least 1 of them"),
        ("- a", "system.yaml:1:1: must hold keys such as address: ..."),
        ("media: 5", 'system.yaml:1:8: media: "5" should be keys with values'),
        ("media: {workers: 1.5}", 'system.yaml:1:18: workers: "1.5" should be a whole number'),
        ("media: {workers: -1}", 'system.yaml:1:18: workers: "-1" should be 0 or more'),
        ("domain: [a]", "system.yaml:1:9: domain: this list should be a text"),
        ("country: dz", 'system.yaml:1:10: country: "dz" should be a country such as DZ'),
        ("listeners: udp", 'system.yaml:1:12: listeners: "udp" should be a list'),
        ("tenant: A b", 'system.yaml:1:9: tenant: "A b" should be a name of small letters, '
         "digits, - and _, a letter first, at most 32 characters"),
        (
            "listeners:\n- {name: a, serves: phone, transport: udp, port: 1}",
            'system.yaml:2:21: serves: "phone" should be "phones", "trunks" or "webphones"',
        ),
        ("listeners:\n- {name: a, transport: udp, port: 1}",
         'system.yaml:2:3: "serves" is missing'),
        ("a: [1", "system.yaml:1:6: is not YAML: while parsing a flow sequence expected ',' or "
         "']', but got '<stream end>'"),
        ("a: 1\na: 2", 'system.yaml:2:1: "a" is written twice'),
        ("domain: &d x", "system.yaml:1:9: anchors and aliases (& and *) are not used here"),
        ("? [a]\n: x", "system.yaml:1:3: a key must be one word"),
        ("%YAML 9.9\n---\na: 1", "system.yaml:1:1: is not YAML: found incompatible YAML document "
         "(version 1.* is required)"),
    ],
)  # fmt: skip
def test_what_is_wrong_in_system_yaml(folder: Written, text: str, expected: str) -> None:
    assert expected in wrong(folder(system=text))


@pytest.mark.parametrize(
    ("file", "text", "expected"),
    [
        ("queues", "- name: a", "queues.yaml:1:1: must hold one list, queues:"),
        ("queues", "queues: a", 'queues.yaml:1:9: queues must be a list ("- name: ...")'),
        ("queues", "queue: []", 'queues.yaml:1:1: unknown key "queue"; did you mean "queues"?'),
        ("queues", "a: []", 'queues.yaml:1:1: unknown key "a"; this file holds one list, queues:'),
        ("queues", "queues: [support]", 'queues.yaml:1:10: "support" should be keys with values'),
        ("queues", "queues:\n- {name: a, title: {de: A}}",
         'queues.yaml:2:21: title: "de" should be "fr", "ar" or "en"'),
        ("queues", "queues:\n- {name: a, is_recorded: perhaps}",
         'queues.yaml:2:26: is_recorded: "perhaps" should be yes or no'),
        ("trunks", "trunks:\n- {name: a, sources: [10.0.0.1/8]}",
         'trunks.yaml:2:23: sources: "10.0.0.1/8" should be an address or network such as '
         "192.0.2.7 or 192.0.2.0/24, with no bit set behind the mask"),
        ("trunks", "trunks:\n- {name: a, sources: []}",
         "trunks.yaml:2:22: sources: this list should be at least 1 of them"),
        ("numbers", "numbers:\n- {number: Call me, extension: 1001}",
         'numbers.yaml:2:12: number: "Call me" should be a number such as +21321000001, '
         "a prefix such as +21321*, a range such as +21321000010-19, or the name of a group"),
        ("numbers", "numbers:\n- {number: 100, extension: +1}",
         'numbers.yaml:2:28: extension: "+1" should be an extension of 2 to 8 digits'),
    ],
)  # fmt: skip
def test_what_is_wrong_in_lists(folder: Written, file: str, text: str, expected: str) -> None:
    assert wrong(folder(**{file: text})) == [expected]


def test_a_number_must_lead_to_a_queue_that_exists(folder: Written) -> None:
    made = folder(
        numbers="numbers:\n- {number: 100, queue: supports}\n- {number: 101, queue: zz}\n",
        queues="queues:\n- name: support\n",
    )
    assert wrong(made) == [
        'numbers.yaml:2:24: no queue "supports"; did you mean "support"?',
        'numbers.yaml:3:24: no queue "zz"; name it in queues.yaml',
    ]


def test_a_wrong_queue_is_not_also_called_missing(folder: Written) -> None:
    made = folder(
        numbers="numbers:\n- {number: 100, queue: support}\n",
        queues="queues:\n- {name: support, ring_for: 1}\n",
    )
    assert wrong(made) == ['queues.yaml:2:29: ring_for: "1" should be 5 or more']


def test_a_number_leads_to_exactly_one_place(folder: Written) -> None:
    made = folder(
        numbers="numbers:\n- {number: 100, queue: a, extension: 1001}\n",
        queues="queues:\n- name: a\n",
    )
    assert wrong(made) == [
        "numbers.yaml:2:12: 100 leads to both: give it a queue or an extension",
    ]


def test_names_are_given_once_over_all_folders(folder: Written) -> None:
    first = folder("a", queues="queues:\n- name: support\n")
    second = folder("b", queues="queues:\n- name: support\n")
    assert wrong(first, second) == [
        f'queues.yaml:2:9: a queue "support" is already at {first}/queues.yaml:2:9'
    ]


def test_an_address_belongs_to_one_trunk(folder: Written) -> None:
    made = folder(
        trunks="trunks:\n- {name: a, sources: [10.0.0.0/8, '::1']}\n"
        "- {name: b, sources: [10.1.0.1]}\n"
    )
    assert wrong(made) == ['trunks.yaml:3:23: 10.1.0.1/32 also belongs to the trunk "a"']


LISTENERS = """listeners:
- {name: one, serves: phones, transport: udp, port: 5060}
- {name: %s, serves: %s, transport: %s, port: %s%s}
"""


@pytest.mark.parametrize(
    ("second", "expected"),
    [
        (("one", "trunks", "udp", "5070", ""),
         'system.yaml:3:10: a listener "one" is already there'),
        (("two", "trunks", "udp", "5060", ""),
         'system.yaml:3:53: port 5060 is already used by "one"'),
        (("two", "trunks", "udp", "5060", ", address: 0.0.0.0"),
         'system.yaml:3:53: port 5060 is already used by "one"'),
        (("two", "trunks", "wss", "7443", ""), "system.yaml:3:42: trunks need the transport udp"),
        (("two", "webphones", "udp", "7443", ""),
         "system.yaml:3:45: webphones need the transport wss"),
        (("two", "webphones", "wss", "8443", ""),
         "system.yaml:3:56: port 8443 is already used by http"),
        (("two", "trunks", "udp", "20001", ""),
         "system.yaml:3:53: port 20001 lies among the media ports"),
    ],
)  # fmt: skip
def test_listeners_that_cannot_be(folder: Written, second: tuple[str, ...], expected: str) -> None:
    assert wrong(folder(system=LISTENERS % second)) == [expected]


def test_two_addresses_may_use_one_port(folder: Written) -> None:
    second = ("two", "trunks", "udp", "5060", ", address: 192.0.2.1")
    assert len(load(folder(system=LISTENERS % second)).system.listeners) == 2


def test_media_ports_in_the_wrong_order(folder: Written) -> None:
    made = folder(system="media: {first_port: 30000, last_port: 20000}\n")
    assert wrong(made) == [
        "system.yaml:1:8: media needs at least 4 ports, 30000 to 20000 are too few"
    ]


def test_a_misspelt_file_is_not_silently_ignored(folder: Written) -> None:
    assert wrong(folder(queue="queues: []", zzz="")) == [
        'queue.yaml: Nidaa does not read this; did you mean "queues.yaml"?',
        "zzz.yaml: Nidaa does not read this; it reads system.yaml, trunks.yaml, numbers.yaml, "
        "queues.yaml, schedules.yaml, holidays.yaml, dialplan.yaml",
    ]


def test_files_that_are_no_text(folder: Written) -> None:
    made = folder(system="domain: \x01\n")
    (made / "queues.yaml").write_bytes(b"queues: \xff")
    (made / "trunks.yaml").mkdir()
    found = wrong(made)
    assert found[0] == "queues.yaml: is not UTF-8 text (byte 8)"
    assert found[1].startswith("system.yaml: has a character that YAML forbids")
    assert found[2] == "trunks.yaml: cannot be read: Is a directory"


def test_bottomless_nesting_is_refused(folder: Written) -> None:
    found = wrong(folder(system="domain: " + "[" * 30 + "]" * 30))
    assert "system.yaml:1:29: is nested deeper than 20 levels" in found


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        (
            "skills: [{until: 60, needs: {ar: 2}}, {needs: {ar: 4}}]",
            "queues.yaml:3:56: needs more ar than the step before: who waits longer may only gain",
        ),
        (
            "skills: [{until: 60}, {until: 60}]",
            "queues.yaml:3:35: until: a step must end after the one before it, which ends at 60",
        ),
        (
            "skills: [{until: 60}, {language: 2}]",
            "queues.yaml:3:38: needs more of the language than the step before: "
            "who waits longer may only gain",
        ),
        (
            "penalty_limits: [{until: 9, limit: 3}, {limit: 2}]",
            "queues.yaml:3:52: the limit sinks from 3 to 2: who waits longer may only gain",
        ),
        (
            "penalty_limits: [{limit: high}]",
            'queues.yaml:3:30: limit: "high" should be a penalty such as 3, or +2 for 2 more '
            "than in the step before",
        ),
        (
            "members: {anna: {}}",
            'queues.yaml:3:15: members: "anna" should be an extension of 2 to 8 digits',
        ),
    ],
)
def test_a_queue_may_only_ask_for_less_the_longer_a_caller_waits(
    folder: Written, steps: str, expected: str
) -> None:
    assert wrong(folder(queues=f"queues:\n  - name: support\n    {steps}\n")) == [expected]


def test_what_a_queue_can_ask_of_agents(folder: Written) -> None:
    text = (SHIPPED / "queues.yaml").read_text(encoding="utf-8")
    example = "\n".join(line[2:] for line in text.splitlines() if line.startswith("#  "))
    (queue,) = load(folder(queues="queues:\n" + example)).queues
    assert queue.members["1001"].skills == {"ar": 5, "billing": 4}
    assert [step.language for step in queue.skills] == [4, 0]
    assert [step.limit for step in queue.penalty_limits] == ["0", "+2"]
    assert queue.penalties_from == 2
