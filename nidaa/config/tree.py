"""YAML as a tree of texts: no scalar is typed here, and every value knows where it stands.

`0550123456` keeps its zero and `no` stays `no`, because only the nodes are read, never YAML's
own ideas of numbers and booleans. Anchors, aliases and merge keys are not part of this language.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import Node, ScalarNode, SequenceNode
from ruamel.yaml.reader import ReaderError

from nidaa.config.problems import Place, Problem

KeyPath = tuple[str | int, ...]
MAX_DEPTH = 20


@dataclass(slots=True)
class Tree:
    """One file's values; `places` finds a value, and `keys` the key it has, by its path."""

    file: Path
    value: Any = None
    places: dict[KeyPath, Place] = field(default_factory=dict)
    keys: dict[KeyPath, Place] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def place(self, path: KeyPath) -> Place:
        """Where the value at `path` stands, or the nearest thing around it."""
        while path and path not in self.places:
            path = path[:-1]
        return self.places.get(path, Place(self.file))


def read(file: Path) -> Tree:
    """The file's tree; what could not be read is in `problems`, with `value` None."""
    tree = Tree(file)
    try:
        root = YAML().compose(file.read_bytes().decode("utf-8"))
    except OSError as error:
        tree.problems.append(Problem(Place(file), f"cannot be read: {error.strerror}"))
    except UnicodeDecodeError as error:
        tree.problems.append(Problem(Place(file), f"is not UTF-8 text (byte {error.start})"))
    except ReaderError as error:
        tree.problems.append(Problem(Place(file), f"has a character that YAML forbids: {error}"))
    except YAMLError as error:
        tree.problems.append(_syntax(file, error))
    else:
        if root is not None:
            tree.value = _convert(tree, root, ())
    return tree


def _syntax(file: Path, error: YAMLError) -> Problem:
    if not isinstance(error, MarkedYAMLError) or error.problem_mark is None:
        return Problem(Place(file), f"is not YAML: {error}")
    mark = error.problem_mark
    words = " ".join(filter(None, (error.context, error.problem)))
    return Problem(Place(file, mark.line + 1, mark.column + 1), f"is not YAML: {words}")


def _convert(tree: Tree, node: Node, path: KeyPath) -> Any:
    place = Place(tree.file, node.start_mark.line + 1, node.start_mark.column + 1)
    tree.places[path] = place
    if node.anchor is not None:
        tree.problems.append(Problem(place, "anchors and aliases (& and *) are not used here"))
        return None
    if len(path) > MAX_DEPTH:
        tree.problems.append(Problem(place, f"is nested deeper than {MAX_DEPTH} levels"))
        return None
    if isinstance(node, ScalarNode):
        return str(node.value)
    if isinstance(node, SequenceNode):
        return [_convert(tree, item, (*path, i)) for i, item in enumerate(node.value)]
    return _mapping(tree, node, path)


def _mapping(tree: Tree, node: Node, path: KeyPath) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in node.value:
        place = Place(tree.file, key.start_mark.line + 1, key.start_mark.column + 1)
        if not isinstance(key, ScalarNode):
            tree.problems.append(Problem(place, "a key must be one word"))
            continue
        name = str(key.value)
        if (*path, name) in tree.keys:
            tree.problems.append(Problem(place, f'"{name}" is written twice'))
            continue
        tree.keys[(*path, name)] = place
        if not _is_absent(value):
            found[name] = _convert(tree, value, (*path, name))
    return found


def _is_absent(node: Node) -> bool:
    """`key:` with nothing behind it is as if it were not there; `key: ""` is an empty text."""
    return isinstance(node, ScalarNode) and node.value == "" and node.style is None
