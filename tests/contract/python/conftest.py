# SPDX-License-Identifier: Apache-2.0
import itertools

import pytest

from contract import violations
from parleyd import Server

scenes = itertools.count(1)

WAYS = {"polling": ["polling"], "websocket": ["websocket"], "upgrade": ["polling", "websocket"]}


@pytest.fixture(scope="session")
def server():
    running = Server().start()
    yield running
    running.stop()


@pytest.fixture(params=WAYS.values(), ids=WAYS.keys())
def transports(request):
    return request.param


@pytest.fixture
def named():
    """Ids of this test alone, so that tests can share a server."""
    number = next(scenes)
    return lambda name: f"{name}.py{number}"


@pytest.fixture(scope="module")
def people(request):
    """The test file's own People: a server with those that made-up requests are about."""
    there = request.module.People()
    yield there
    there.server.stop()


@pytest.fixture
def peopled(people):
    """What an operation may have removed is there again."""
    people.make()
    return people


@pytest.fixture(autouse=True)
def as_described():
    """What the test's clients got is what sdk/api describes."""
    yield
    found = violations[:]
    violations.clear()
    assert not found, "\n".join(found)
