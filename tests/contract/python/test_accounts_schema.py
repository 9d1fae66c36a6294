# SPDX-License-Identifier: Apache-2.0
# Needs the plugins: accounts
"""schemathesis in the mode jwt: requests made up for the operations on accounts, with the token of an admin; see
test_rest_schema.py for all the others. The requests are the same in every run."""
import re

import requests
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis.specs.openapi.checks import positive_data_acceptance

from parleyd import PATIENCE, ROOT, Server

EXAMPLES = 10  # made up for each operation, besides those for the limits of each field
PASSWORD = "the first of all passwords"

# An admin who erases themselves ends it all: erasure.test.mjs acts that out.
schema = schemathesis.openapi.from_path(ROOT / "sdk/api/openapi.yaml").include(
    lambda context: context.operation.definition.raw.get("x-parley-plugin") == "accounts"
).exclude(operation_id="eraseMe")
# The server knows no TRACE: 501, whatever the path.
schema.config.phases.coverage.unexpected_methods = {"get", "post", "put", "patch", "delete"}

# Why a request may be refused though each of its fields is as described.
RELATIONS = re.compile("must be at most|username must have|must be a time to come|malformed path")


class People:
    """A server with accounts, and an admin who is logged in."""

    def __init__(self):
        self.server = Server(**{
            "auth.mode": "jwt",
            "auth.ownTokens": "true",
            "plugins.accounts.registration": "open",
            "plugins.accounts.hashMemory": 8 << 20,
            "plugins.accounts.hashPasses": 1,
            "plugins.accounts.wrongAnswerMillis": 0,
            "plugins.accounts.freeAttempts": 1000,
            "plugins.accounts.addressAttempts": 0,
            "plugins.accounts.accessSeconds": 3600,
            "plugins.accounts.maxServiceTokens": 10_000,
        })
        admin = self.server.folder / "admin"
        admin.write_text(f"root\n{PASSWORD}\n")
        self.server.settings["plugins.accounts.firstAdminFile"] = admin
        self.server.start()
        self.url = self.server.url
        self.headers = {}
        self.headers = {"Authorization": f"Bearer {self.login('root')['accessToken']}"}
        self.number = 0

    def post(self, path, body):
        answer = requests.post(f"{self.url}/api/auth/{path}", json=body, headers=self.headers, timeout=PATIENCE)
        assert answer.ok, answer.text
        return answer.json()["data"]

    def login(self, username):
        return self.post("login", {"username": username, "password": PASSWORD})

    def make(self):
        """Somebody with an account, a login and a service token, all new."""
        self.number += 1
        self.name = f"person {self.number}"
        self.id = self.post("users", {"username": self.name, "password": PASSWORD})["_id"]
        self.refresh_token = self.login(self.name)["refreshToken"]
        self.service_token = self.post("service-tokens", {"name": f"service-{self.number}"})["_id"]


MET = {}  # the statuses of each operation


def use_known(people, case):
    """Puts what exists in the place of what was made up."""
    body, path = case.body, case.path_parameters
    if case.operation.label == "POST /api/auth/login":
        body.update(username=people.name, password=PASSWORD)
    elif isinstance(body, dict) and "refreshToken" in body:
        body["refreshToken"] = people.login(people.name)["refreshToken"]
    elif isinstance(body, dict) and "currentPassword" in body:
        body["currentPassword"] = PASSWORD
    if path and "userId" in path:
        path["userId"] = people.id
    if path and "tokenId" in path:
        path["tokenId"] = people.service_token


@schema.parametrize()
@settings(
    max_examples=EXAMPLES,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.generate],
)
def test_operation(case, peopled):
    is_right = case.meta is not None and case.meta.generation.mode.is_positive
    if is_right and sum(repr((case.body, case.path_parameters)).encode()) % 3:
        use_known(peopled, case)
    response = case.call(base_url=peopled.url, headers=peopled.headers, timeout=PATIENCE)
    MET.setdefault(case.operation.label, set()).add(response.status_code)
    excluded = [positive_data_acceptance] if response.status_code in (400, 413) and RELATIONS.search(response.text) else []
    case.validate_response(response, headers=peopled.headers, excluded_checks=excluded)


def test_every_operation_has_succeeded():
    """Only then was what it answers held to the description."""
    failed = {label: met for label, met in MET.items() if min(met) >= 300}
    assert MET and not failed, failed
