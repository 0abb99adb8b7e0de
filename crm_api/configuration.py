"""What this process reads of the configuration files: addresses, country, names of queues."""

from __future__ import annotations

from nidaa.config.load import load
from nidaa.config.models import Configuration, Queue
from nidaa.settings import Paths


def read_configuration(paths: Paths) -> Configuration:
    """The files of `configs` with those of the sample company on top. Raises ConfigurationError."""
    folders = [paths.config]
    if paths.sample_config.is_dir():
        folders.append(paths.sample_config)
    return load(*folders)


def queue_title(queue: Queue, language: str) -> str:
    """The queue's name in that language, or in the first one it has."""
    titles = dict(queue.title)
    return titles.get(language) or next(iter(titles.values()), queue.name)  # type: ignore[call-overload]
