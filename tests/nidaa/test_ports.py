"""Ports that are taken: one clear line that names the port, the culprit and the way out."""

import os
import socket

from nidaa.config.models import Configuration
from nidaa.ports import Endpoint, needed, problem


def test_a_free_port_is_no_problem():
    assert problem(Endpoint("test", socket.SOCK_STREAM, "127.0.0.1", 0)) is None


def test_a_taken_port_names_its_owner_and_the_way_out():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        text = problem(Endpoint("SIP listener 'phones'", socket.SOCK_DGRAM, "127.0.0.1", port))
    assert text is not None
    assert f"UDP 127.0.0.1:{port}" in text
    assert f"pid {os.getpid()}" in text
    assert "system.yaml" in text


def test_an_address_of_another_machine_says_where_to_set_it():
    text = problem(Endpoint("the web pages", socket.SOCK_STREAM, "192.0.2.1", 8443))
    assert text is not None
    assert "no such address" in text


def test_every_listener_is_looked_at():
    assert [str(endpoint) for endpoint in needed(Configuration())] == [
        "TCP 127.0.0.1:8443",
        "UDP 127.0.0.1:5060",
        "UDP 127.0.0.1:5080",
        "TCP 127.0.0.1:7443",
    ]
