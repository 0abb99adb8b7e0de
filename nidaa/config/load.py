"""Reads the configuration whole, or says everything that is wrong with it.

A folder may hold the files named in `FILES`; a missing file means the defaults. Entries of later
folders are added to those of earlier ones; a key of a later system.yaml replaces the same key of
an earlier one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from nidaa.config import checks
from nidaa.config.fields import Model
from nidaa.config.hours import Holiday, Schedule
from nidaa.config.located import Located, Spot
from nidaa.config.models import CallerRule, Configuration, Number, Queue, System, Trunk
from nidaa.config.parts import Parts
from nidaa.config.patterns import Group
from nidaa.config.problems import ConfigurationError, Place, Problem, did_you_mean
from nidaa.config.tree import Tree, read
from nidaa.config.warnings import warnings_of
from nidaa.config.words import problems_of

SYSTEM = "system.yaml"
LISTS: dict[str, dict[str, type[Model]]] = {
    "trunks.yaml": {"trunks": Trunk},
    "numbers.yaml": {"numbers": Number},
    "queues.yaml": {"queues": Queue},
    "schedules.yaml": {"schedules": Schedule},
    "holidays.yaml": {"holidays": Holiday},
    "dialplan.yaml": {"groups": Group, "block": CallerRule, "allow": CallerRule},
}
FILES = (SYSTEM, *LISTS)

M = TypeVar("M", bound=Model)


@dataclass(frozen=True, slots=True)
class Loaded:
    """A configuration that can be used, and what somebody should look at all the same."""

    configuration: Configuration
    warnings: tuple[Problem, ...]
    parts: Parts  # the same with the place of each entry


def load(*folders: Path) -> Configuration:
    """The configuration in these folders. Raises ConfigurationError with all that is wrong."""
    return load_with_warnings(*folders).configuration


def load_with_warnings(*folders: Path) -> Loaded:
    """The configuration and its warnings. Raises ConfigurationError with all that is wrong."""
    reading = _Reading(folders)
    parts = reading.parts()
    reading.find_strange_files()
    reading.problems += checks.problems(parts)
    if reading.problems:
        raise ConfigurationError(reading.problems)
    return Loaded(parts.configuration(), tuple(sorted(warnings_of(parts))), parts)


@dataclass(slots=True)
class _Reading:
    """Collects what the files hold and what is wrong with them.

    `named` has every name of a list, those of wrong entries too: one error must not cause others.
    """

    folders: tuple[Path, ...]
    problems: list[Problem] = field(default_factory=list)
    named: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    def parts(self) -> Parts:
        return Parts(
            self.system(),
            self.entries("trunks.yaml", "trunks", Trunk),
            self.entries("numbers.yaml", "numbers", Number),
            self.entries("queues.yaml", "queues", Queue),
            self.entries("schedules.yaml", "schedules", Schedule),
            self.entries("holidays.yaml", "holidays", Holiday),
            self.entries("dialplan.yaml", "groups", Group),
            self.entries("dialplan.yaml", "block", CallerRule),
            self.entries("dialplan.yaml", "allow", CallerRule),
            self.named,
        )

    def system(self) -> Located[System]:
        """Defaults where the files are missing or wrong, so that the other checks still run."""
        merged: dict[str, Any] = {}
        places: dict[str, Tree] = {}
        for tree in self._trees(SYSTEM):
            if not isinstance(tree.value, dict):
                self.problems.append(Problem(tree.place(()), "must hold keys such as address: ..."))
                continue
            merged |= tree.value
            places |= dict.fromkeys(tree.value, tree)
        spot = Spot(places)
        try:
            return Located(System.model_validate(merged), spot)
        except ValidationError as error:
            self.problems += problems_of(error, System, spot)
            return Located(System(), Spot({}))

    def entries(self, file: str, name: str, model: type[M]) -> list[Located[M]]:
        """The entries of one list in all folders; wrong ones are left out."""
        found: list[Located[M]] = []
        for tree in self._trees(file):
            for i, item in enumerate(self._list(tree, name, LISTS[file])):
                spot = Spot(tree, (name, i))
                if isinstance(item, dict):
                    self.named[name].add(str(item.get("name")))
                try:
                    found.append(Located(model.model_validate(item), spot))
                except ValidationError as error:
                    self.problems += problems_of(error, model, spot)
        return found

    def _list(self, tree: Tree, name: str, known: Collection[str]) -> list[Any]:
        lists = (
            f"{'one list' if len(known) == 1 else 'lists'}, {', '.join(f'{one}:' for one in known)}"
        )
        if not isinstance(tree.value, dict):
            self.problems.append(Problem(tree.place(()), f"must hold {lists}"))
            return []
        for key in tree.value.keys() - set(known):
            hint = did_you_mean(key, known) or f"; this file holds {lists}"
            self.problems.append(Problem(tree.keys[(key,)], f'unknown key "{key}"{hint}'))
        entries = tree.value.get(name, [])
        if isinstance(entries, list):
            return entries
        self.problems.append(Problem(tree.place((name,)), f'{name} must be a list ("- name: ...")'))
        return []

    def _trees(self, file: str) -> list[Tree]:
        """Every folder's file of that name which has something in it."""
        trees = [read(folder / file) for folder in self.folders if (folder / file).exists()]
        for tree in trees:
            self.problems += tree.problems
        return [tree for tree in trees if tree.value is not None]

    def find_strange_files(self) -> None:
        """A misspelt file name must not mean that its content is silently not used."""
        for folder in self.folders:
            for file in sorted([*folder.glob("*.yaml"), *folder.glob("*.yml")]):
                if file.name not in FILES:
                    hint = did_you_mean(file.name, FILES) or f"; it reads {', '.join(FILES)}"
                    self.problems.append(Problem(Place(file), f"Nidaa does not read this{hint}"))
