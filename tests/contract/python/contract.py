# SPDX-License-Identifier: Apache-2.0
"""Holds the events and acknowledgements that the clients of these tests get to sdk/api/asyncapi.yaml. Clients hear them on
threads of their own, so what is not as described is gathered, and fails the test that is running (conftest.py)."""
import json

import yaml
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from parleyd import ROOT

BASE = "https://parley.invalid/api/"
DOCUMENTS = {name: yaml.safe_load((ROOT / "sdk/api" / name).read_text()) for name in ("openapi.yaml", "asyncapi.yaml")}
REGISTRY = Registry().with_resources(
    (BASE + name, Resource.from_contents(document, default_specification=DRAFT202012)) for name, document in DOCUMENTS.items()
)
ASYNCAPI = DOCUMENTS["asyncapi.yaml"]
violations = []


def _key_of(reference):
    """The name in components.messages of what a channel's message stands for."""
    _, _, channel, _, message = reference["$ref"].split("/")
    return ASYNCAPI["channels"][channel]["messages"][message]["$ref"].rsplit("/", 1)[1]


def _name_of(key):
    return ASYNCAPI["components"]["messages"][key]["name"]


_operations = ASYNCAPI["operations"].values()
EMITTED = {_name_of(key): key for one in _operations if one["action"] == "send" for key in map(_key_of, one["messages"])}
ANSWERS = {
    _name_of(_key_of(one["messages"][0])): _key_of(one["reply"]["messages"][0]) for one in _operations if one["action"] == "receive"
}


def _check(what, key, value):
    reference = f"{BASE}asyncapi.yaml#/components/messages/{key}/payload"
    for error in Draft202012Validator({"$ref": reference}, registry=REGISTRY).iter_errors(value):
        found = json.dumps(error.instance, ensure_ascii=False)[:300]
        violations.append(f"{what} is not as described, at {error.json_path}:\n  - {error.message[:300]}\n  + {found}")


def check_event(event, args):
    if event in EMITTED:
        _check(f"the event {event}", EMITTED[event], args[0] if args else None)
    else:
        violations.append(f"the event {event} is not described")


def check_acknowledgement(event, answer):
    failed = isinstance(answer, dict) and answer.get("success") is False
    _check(f"the acknowledgement of {event}", "failureAck" if failed or event not in ANSWERS else ANSWERS[event], answer)
