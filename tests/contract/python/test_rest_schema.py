# SPDX-License-Identifier: Apache-2.0
# Needs the plugins: messaging private_chat
# Needs indexes: every request reads
"""schemathesis: thousands of requests made up from sdk/api/openapi.yaml, right and wrong ones, against a server with people
and messages in it. None may end in a 500, nor in an answer that the description does not have, and wrong ones must be
refused. The requests are the same in every run."""
import itertools
import json
import re
import subprocess
from urllib.parse import parse_qsl, urlsplit

import requests
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance, unsupported_method

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
    """A plugin whose folder was removed is still described. Those of accounts answer in the mode jwt alone:
    test_accounts_schema.py."""
    return context.operation.definition.raw.get("x-parley-plugin") in plugins - {"accounts"}


# Who is erased is missing to all others: erasure.test.mjs acts that out.
schema = schemathesis.openapi.from_path(ROOT / "sdk/api/openapi.yaml").include(is_there).exclude(operation_id="eraseUser")
# The server knows no TRACE: 501, whatever the path.
schema.config.phases.coverage.unexpected_methods = {"get", "post", "put", "patch", "delete"}

# Why a request may be refused though each of its fields is as described: what holds between fields, and what only the
# server knows.
RELATIONS = re.compile(
    "must be another user than|content must not be empty|is required without a sessionId|messageType must be one of"
    "|receiverId is required|userId is required|or (announcement|mutedUntil) is required|keyword must have a letter"
    "|must be at most|are not taken|thumbnails are made of"
    "|must be an http or https URL"
    "|a part needs|malformed path|upload-(checksum|metadata)|more bytes than Upload-Length"
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


USERS = ["alice", "bob", "carol"]
PEOPLE = {"user": USERS, "owner": USERS[:1], "member": USERS[1:]}  # of the groups
KNOWN = {**PEOPLE, "erased": [], "session": [], "message": [], "group": [], "file": [], "upload": [], "signed": []}
FIELDS = {
    "user": {"userId", "userId1", "userId2", "senderId", "receiverId", "creatorId", "userIds", "participants"},
    "session": {"sessionId"},
    "message": {"messageId", "replyTo"},
    "file": {"fileId"},
    "upload": {"uploadId"},
}
EACH = 3  # of everything that an operation may remove, made anew for each of them


class People:
    """A server with three people who write to each other, share a group and upload files."""

    def __init__(self):
        self.server = Server().start()
        self.url = self.server.url
        self.numbers = itertools.count()

    def ask(self, method, path, **parts):
        answer = requests.request(method, self.url + path, timeout=PATIENCE, **parts)
        assert answer.ok, answer.text
        return answer

    def make(self):
        """What the operations know, all there again whatever those before have removed."""
        for kind in KNOWN.keys() - PEOPLE.keys():
            KNOWN[kind].clear()
        for sender, receiver in itertools.permutations(USERS, 2):
            draft = {"senderId": sender, "receiverId": receiver, "content": f"{sender} to {receiver}"}
            message = self.ask("POST", "/api/chat/messages", json=draft).json()["data"]
            KNOWN["session"].append(message["sessionId"])
            KNOWN["message"].append(message["_id"])
        self.make_erased()
        for number in range(EACH):
            if "group_chat" in plugins:
                self.make_group(number)
            if "file_transfer" in plugins:
                self.make_files(number)

    def make_erased(self):
        user = f"erased-{next(self.numbers)}"
        self.ask("POST", "/api/chat/sessions/private", json={"userId1": user, "userId2": "alice"})
        self.ask("DELETE", f"/api/admin/users/{user}")
        KNOWN["erased"].append(user)

    def make_group(self, number):
        draft = {"sessionName": f"group {number}", "creatorId": "alice", "participants": USERS}
        group = self.ask("POST", "/api/chat/sessions/group", json=draft).json()["data"]["_id"]
        KNOWN["group"].append(group)
        KNOWN["session"].append(group)
        draft = {"sessionId": group, "senderId": "bob", "content": "bob to all"}
        KNOWN["message"].append(self.ask("POST", "/api/chat/messages", json=draft).json()["data"]["_id"])

    def make_files(self, number):
        form = {"files": {"file": (f"{number}.txt", f"text {number}")}, "data": {"userId": "alice"}}
        file = self.ask("POST", "/api/chat/files", **form).json()["data"]
        KNOWN["file"].append(file["fileId"])
        signed = urlsplit(self.ask("GET", f"{file['fileUrl']}/url?userId=alice").json()["data"]["url"])
        KNOWN["signed"].append({"fileId": file["fileId"], **dict(parse_qsl(signed.query))})
        length = {"Tus-Resumable": "1.0.0", "Upload-Length": "10"}
        location = self.ask("POST", "/api/chat/files/tus?userId=alice", headers=length).headers["Location"]
        KNOWN["upload"].append(location.rsplit("/", 1)[1])


def kind_of(context, name):
    if name == "id":  # of a session or of a message, as the method has it
        return "session" if context.operation.method == "get" else "message"
    if name == "sessionId" and "/group/" in context.operation.path:
        return "group"
    if context.operation.path.startswith("/api/admin/users/"):
        return "erased"
    if context.operation.path.endswith("/members/{userId}"):
        return {"userId": "member", "operatorId": "owner"}.get(name)
    return next((kind for kind, names in FIELDS.items() if name in names), None)


def known(kind, value):
    """An id that exists in the place of most of the valid ones that were made up."""
    if not KNOWN.get(kind) or not isinstance(value, str) or not re.fullmatch(r"[A-Za-z0-9_.:@-]{1,64}", value):
        return value
    number = sum(value.encode())
    return KNOWN[kind][number % len(KNOWN[kind])] if number % 5 else value


def with_known(context, values):
    if not isinstance(values, dict):
        return values
    if "signature" in values and KNOWN["signed"]:  # of one file, and worth nothing with another
        signed = {name: value for name, value in KNOWN["signed"][0].items() if name != "fileId"}
        return values if len(values["signature"]) % 4 == 3 else {**values, **signed}
    for name, value in values.items():
        kind = "signed" if context.operation.path.endswith("/view") else kind_of(context, name)
        if kind == "signed" and KNOWN[kind]:
            values[name] = KNOWN[kind][0]["fileId"]
        elif isinstance(value, list):
            values[name] = [with_known(context, item) if isinstance(item, dict) else known(kind, item) for item in value]
        else:
            values[name] = known(kind, value)
    return values


for place in ("path_parameters", "query", "body"):
    schema.hook(f"map_{place}")(lambda context, values: with_known(context, values))


BOUNDS = {"derandomize": True, "deadline": None, "database": None, "suppress_health_check": list(HealthCheck)}
BOUNDS["phases"] = [Phase.explicit, Phase.generate]  # a failure is shown as it came: to make it smaller takes minutes


ACTORS = {"userId", "operatorId"}
MET = {}  # the statuses of each operation


def excluded_checks(response, case):
    excluded = []
    if response.status_code in (400, 413, 415) and RELATIONS.search(response.text):
        excluded.append(positive_data_acceptance)
    if is_ambiguous(case.operation.path):
        excluded.append(unsupported_method)
    # Where the query names who acts, what the body says of it is not looked at.
    if isinstance(case.query, dict) and isinstance(case.body, dict) and ACTORS & case.query.keys() & case.body.keys():
        excluded.append(negative_data_rejection)
    return excluded


@schema.parametrize()
@settings(max_examples=EXAMPLES, **BOUNDS)
def test_operation(case, peopled):
    response = case.call(base_url=peopled.url, timeout=PATIENCE)
    MET.setdefault(case.operation.label, set()).add(response.status_code)
    case.validate_response(response, excluded_checks=excluded_checks(response, case))


def test_every_operation_has_succeeded():
    """Only then was what it answers held to the description."""
    failed = {label: met for label, met in MET.items() if min(met) >= 300}
    assert MET and not failed, failed


def test_sequences_of_operations(people):
    """What one operation has made is used by the next, and is gone when it was deleted."""

    class Sequences(schema.as_state_machine()):
        def setup(self):
            people.make()  # the same for each sequence, so that one that is run again goes the same way

        def get_call_kwargs(self, case):
            return {"base_url": people.url, "timeout": PATIENCE}

        def validate_response(self, response, case, **kwargs):
            case.validate_response(
                response,
                excluded_checks=excluded_checks(response, case),
                transport_kwargs=kwargs,
                recorder=self.recorder,
            )

    Sequences.run(settings=settings(max_examples=SEQUENCES, stateful_step_count=STEPS, **BOUNDS))
