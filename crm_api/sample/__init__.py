"""Loads and removes the sample company; it is marked as such everywhere."""

from crm_api.sample.loading import load
from crm_api.sample.removal import remove

__all__ = ["load", "remove"]
