"""Reads the configuration whole, or says everything that is wrong with it.

A folder may hold system.yaml, trunks.yaml, numbers.yaml and queues.yaml; a missing file means the
defaults. Entries of later folders are added to those of earlier ones; a key of a later
system.yaml replaces the same key of an earlier one.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from nidaa.config import checks
from nidaa.config.located import Located, Spot
from nidaa.config.models import Configuration, Number, Queue, System, Trunk
from nidaa.config.problems import ConfigurationError, Place, Problem, did_you_mean
from nidaa.config.tree import Tree, read
from nidaa.config.words import problems_of

SYSTEM = "system.yaml"
LISTS: dict[str, type[BaseModel]] = {"trunks": Trunk, "numbers": Number, "queues": Queue}
FILES = (SYSTEM, *(f"{name}.yaml" for name in LISTS))

M = TypeVar("M", bound=BaseModel)


def load(*folders: Path) -> Configuration:
    """The configuration in these folders. Raises ConfigurationError with all that is wrong."""
    reading = _Reading(folders)
    system = reading.system()
    trunks = reading.entries("trunks", Trunk)
    numbers = reading.entries("numbers", Number)
    queues = reading.entries("queues", Queue)
    reading.find_strange_files()
    reading.problems += checks.problems(system, trunks, numbers, queues, reading.named["queues"])
    if reading.problems:
        raise ConfigurationError(reading.problems)
    return Configuration(
        system=system.value,
        trunks=tuple(entry.value for entry in trunks),
        numbers=tuple(entry.value for entry in numbers),
        queues=tuple(entry.value for entry in queues),
    )


@dataclass(slots=True)
class _Reading:
    """Collects what the files hold and what is wrong with them.

    `named` has every name of a list, those of wrong entries too: one error must not cause others.
    """

    folders: tuple[Path, ...]
    problems: list[Problem] = field(default_factory=list)
    named: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

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

    def entries(self, name: str, model: type[M]) -> list[Located[M]]:
        """The entries of one list in all folders; wrong ones are left out."""
        found: list[Located[M]] = []
        for tree in self._trees(f"{name}.yaml"):
            for i, item in enumerate(self._list(tree, name)):
                spot = Spot(tree, (name, i))
                if isinstance(item, dict):
                    self.named[name].add(str(item.get("name")))
                try:
                    found.append(Located(model.model_validate(item), spot))
                except ValidationError as error:
                    self.problems += problems_of(error, model, spot)
        return found

    def _list(self, tree: Tree, name: str) -> list[Any]:
        if not isinstance(tree.value, dict):
            self.problems.append(Problem(tree.place(()), f"must hold one list, {name}:"))
            return []
        for key in tree.value.keys() - {name}:
            hint = did_you_mean(key, (name,)) or f"; this file holds one list, {name}:"
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
