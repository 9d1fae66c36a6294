# SPDX-License-Identifier: Apache-2.0
# Needs the plugins: messaging private_chat
"""schemathesis: thousands of requests made up from sdk/api/openapi.yaml, right and wrong ones, against a server with people
and messages in it. None may end in a 500, nor in an answer that the description does not have, and wrong ones must be
refused. The requests are the same in every run."""
import itertools
import json
import re
import subprocess

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis.specs.openapi.checks import positive_data_acceptance, unsupported_method

from contract import DOCUMENTS
from parleyd import BINARY, PATIENCE, ROOT, Server

EXAMPLES = 30  # made up for each operation, besides those for the limits of each field
SEQUENCES = 20
STEPS = 6  # of each sequence


@schemathesis.serializer("application/offset+octet-stream")
def as_bytes(context, value):
    return value if isinstance(value, bytes) else json.dumps(value).encode()


routes = json.loads(subprocess.run([BINARY, "--print-api"], check=True, capture_output=True).stdout)["routes"]
plugins = {route["plugin"] for route in routes}


def is_there(context):
    """A plugin whose folder was removed is still described."""
    return context.operation.definition.raw.get("x-parley-plugin") in plugins


schema = schemathesis.openapi.from_path(ROOT / "sdk/api/openapi.yaml").include(is_there)
# The server knows no TRACE: 501, whatever the path.
schema.config.phases.coverage.unexpected_methods = {"get", "post", "put", "patch", "delete"}

# Why a request may be refused though each of its fields is as described: what holds between fields, and what only the
# server knows.
RELATIONS = re.compile(
    "must be another user than|content must not be empty|is required without a sessionId|messageType must be one of"
    "|receiverId is required|userId is required|keyword must have a letter|must be at most|are not taken"
    "|a part needs|malformed path|upload-(checksum|metadata)"
)
# tus answers another version of itself with 412, bytes that are not those of their checksum with 460.
schema.config.checks.positive_data_acceptance.expected_statuses += ["460"]
schema.config.checks.negative_data_rejection.expected_statuses += ["412", "413"]
schema.config.checks.missing_required_header.expected_statuses += ["412"]


def is_ambiguous(path):
    """GET /api/chat/sessions/private is the list of a user named "private"; there is no method that it lacks."""
    mine = path.split("/")
    others = (other.split("/") for other in DOCUMENTS["openapi.yaml"]["paths"] if other != path)
    return any(
        len(other) == len(mine) and all(theirs in (ours, "{" + theirs.strip("{}") + "}") for ours, theirs in zip(mine, other))
        for other in others
    )


KNOWN = {"user": ["alice", "bob", "carol"], "session": [], "message": []}
FIELDS = {
    "user": {"userId", "userId1", "userId2", "senderId", "receiverId", "creatorId"},
    "session": {"sessionId"},
    "message": {"messageId", "replyTo"},
}


@pytest.fixture(scope="module")
def peopled():
    """A server with three people who have written to each other."""
    server = Server().start()
    for sender, receiver in itertools.permutations(KNOWN["user"], 2):
        draft = {"senderId": sender, "receiverId": receiver, "content": f"{sender} to {receiver}"}
        message = requests.post(f"{server.url}/api/chat/messages", json=draft, timeout=PATIENCE).json()["data"]
        KNOWN["session"].append(message["sessionId"])
        KNOWN["message"].append(message["_id"])
    yield server
    server.stop()


def with_known(context, values):
    """Puts ids that exist in the place of most of the valid ones that were made up."""
    if not isinstance(values, dict):
        return values
    for name, value in values.items():
        if name == "id":  # of a session or of a message, as the method has it
            kind = "session" if context.operation.method == "get" else "message"
        else:
            kind = next((kind for kind, names in FIELDS.items() if name in names), None)
        if kind and KNOWN[kind] and isinstance(value, str) and re.fullmatch(r"[A-Za-z0-9_.:@-]{1,64}", value):
            number = sum(value.encode())
            values[name] = KNOWN[kind][number % len(KNOWN[kind])] if number % 4 else value
    return values


for place in ("path_parameters", "query", "body"):
    schema.hook(f"map_{place}")(lambda context, values: with_known(context, values))


BOUNDS = {"derandomize": True, "deadline": None, "database": None, "suppress_health_check": list(HealthCheck)}
BOUNDS["phases"] = [Phase.explicit, Phase.generate]  # a failure is shown as it came: to make it smaller takes minutes


def excluded_checks(response, case):
    excluded = []
    if response.status_code in (400, 413, 415) and RELATIONS.search(response.json()["error"]):
        excluded.append(positive_data_acceptance)
    if is_ambiguous(case.operation.path):
        excluded.append(unsupported_method)
    return excluded


@schema.parametrize()
@settings(max_examples=EXAMPLES, **BOUNDS)
def test_operation(case, peopled):
    response = case.call(base_url=peopled.url, timeout=PATIENCE)
    case.validate_response(response, excluded_checks=excluded_checks(response, case))


def test_sequences_of_operations(peopled):
    """What one operation has made is used by the next, and is gone when it was deleted."""

    class Sequences(schema.as_state_machine()):
        def get_call_kwargs(self, case):
            return {"base_url": peopled.url, "timeout": PATIENCE}

        def validate_response(self, response, case, **kwargs):
            case.validate_response(
                response,
                excluded_checks=excluded_checks(response, case),
                transport_kwargs=kwargs,
                recorder=self.recorder,
            )

    Sequences.run(settings=settings(max_examples=SEQUENCES, stateful_step_count=STEPS, **BOUNDS))
