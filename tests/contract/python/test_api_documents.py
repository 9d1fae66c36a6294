# SPDX-License-Identifier: Apache-2.0
from openapi_spec_validator import validate

from contract import DOCUMENTS, check_acknowledgement, check_event, violations


def test_rest_is_described_in_valid_openapi():
    validate(DOCUMENTS["openapi.yaml"])


def test_what_is_not_described_is_found():
    check_event("message:status", [{"messageId": "6" * 24, "sessionId": "6" * 24, "userId": "bob", "status": "delivered"}])
    check_acknowledgement("users:online", [])
    assert violations == []
    check_event("message:status", [{"messageId": "6" * 24, "sessionId": "6" * 24, "userId": "bob", "status": "lost"}])
    check_event("message:lost", [{}])
    check_acknowledgement("users:online", {"success": True})
    found = violations[:]
    violations.clear()
    assert len(found) == 3 and "$.status" in found[0], found
