# SPDX-License-Identifier: Apache-2.0
"""The flows of the standard API with python-socketio's blocking client."""
import contextlib
import re
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
import socketio

from parleyd import PATIENCE, needs
from people import Person, draft

OBJECT_ID = re.compile(r"^[0-9a-f]{24}$")


@pytest.fixture
def enters(server, transports, named):
    """enters("alice") connects a device and joins; a second call is a second device."""
    with contextlib.ExitStack() as stack:

        def enter(name, **more):
            person = Person(server.url, transports).connect()
            stack.callback(person.leaves)
            return person.joins(named(name), **more)

        yield enter


def is_failure(answer, code, names="", event=None):
    assert set(answer) == {"success", "message", "error", "code"} | ({"event"} if event else set()), answer
    assert answer["success"] is False
    assert answer["code"] == code
    assert names in answer["error"]
    assert event is None or answer["event"] == event


def without_status(messages):
    """Whether they were delivered may change between two looks at them."""
    return [{name: value for name, value in message.items() if name != "status"} for message in messages]


def test_connect(server, transports):
    person = Person(server.url, transports).connect()
    assert person.client.transport() == transports[-1]
    assert person.client.sid
    person.leaves()


def test_unknown_namespace(server, transports):
    person = Person(server.url, transports, namespace="/nowhere")
    with pytest.raises(socketio.exceptions.ConnectionError):
        person.connect()
    person.leaves()


@needs("presence", "users")
def test_join_and_presence(enters, named):
    bob = enters("bob")
    alice = enters("alice", realName="爱丽丝", role="doctor")
    joined = alice.hears("user:joined")
    assert joined["success"] is True
    assert joined["user"]["realName"] == "爱丽丝"
    assert joined["user"]["role"] == "doctor"
    online = bob.hears("user:status", lambda data, *_: data["userId"] == alice.id)
    assert online["status"] == "online"
    users = alice.ask("users:online")
    assert {alice.id, bob.id} <= {user["_id"] for user in users}
    assert {user["_id"] for user in alice.hears("users:online")} == {user["_id"] for user in users}
    second = enters("alice")
    second.leaves()
    alice.leaves()
    assert bob.hears("user:status", lambda data, *_: data["userId"] == alice.id)["status"] == "offline"
    assert [data for data in bob.waiting("user:status") if data["userId"] == alice.id] == []


@needs("messaging", "private_chat", "users")
def test_conversation(enters):
    alice, bob = enters("alice"), enters("bob")
    phone = enters("bob")
    message = alice.sends(bob.id, "你好 👋")
    assert OBJECT_ID.match(message["_id"])
    assert message["seq"] == 1
    assert alice.hears("message:sent") == {"success": True, "message": message}
    for device in (bob, phone):
        received = device.receives("你好 👋")
        assert received["_id"] == message["_id"]
    assert alice.hears("message:status") == {
        "messageId": message["_id"],
        "sessionId": message["sessionId"],
        "userId": bob.id,
        "status": "delivered",
    }
    bob.tell("message:send", draft(bob, alice.id, "back", sessionId=message["sessionId"]))
    assert alice.receives("back")["seq"] == 2
    assert phone.receives("back")["seq"] == 2
    assert bob.waiting("message:receive") == []


@needs("messaging", "private_chat", "users")
def test_client_message_id(enters):
    alice, bob = enters("alice"), enters("bob")
    first = alice.sends(bob.id, "once", clientMessageId="c-1")
    assert alice.sends(bob.id, "twice", clientMessageId="c-1")["_id"] == first["_id"]
    alice.sends(bob.id, "next")
    bob.receives("once")
    bob.receives("next")
    assert bob.waiting("message:receive") == []


@needs("messaging", "private_chat", "users")
def test_history(server, enters):
    alice, bob = enters("alice"), enters("bob")
    for i in range(1, 8):
        message = alice.sends(bob.id, str(i))
    query = {"sessionId": message["sessionId"], "page": 2, "limit": 3}
    answer = bob.ask("chat:history", query)
    assert [item["seq"] for item in answer["data"]] == [2, 3, 4]
    event = bob.hears("chat:history")
    assert without_status(event["data"]) == without_status(answer["data"])
    assert event["pagination"] == {"page": 2, "limit": 3, "total": 7, "pages": 3}
    rest = requests.get(f"{server.url}/api/chat/messages/{message['sessionId']}?page=2&limit=3", timeout=PATIENCE).json()
    assert without_status(rest["data"]) == without_status(answer["data"])
    older = bob.ask("chat:history", {"sessionId": message["sessionId"], "beforeSeq": 3})
    assert [item["seq"] for item in older["data"]] == [1, 2]


@needs("messaging", "presence", "private_chat", "users")
def test_rest(server, enters):
    alice, bob = enters("alice"), enters("bob")
    body = {"userId1": alice.id, "userId2": bob.id}
    made = requests.post(f"{server.url}/api/chat/sessions/private", json=body, timeout=PATIENCE)
    assert made.status_code == 201
    session = made.json()["data"]
    again = requests.post(f"{server.url}/api/chat/sessions/private", json=body, timeout=PATIENCE)
    assert (again.status_code, again.json()["data"]["_id"]) == (200, session["_id"])
    sent = requests.post(
        f"{server.url}/api/chat/messages",
        json={"sessionId": session["_id"], "senderId": alice.id, "content": "by REST", "messageType": "text"},
        timeout=PATIENCE,
    )
    assert sent.status_code == 201
    assert bob.receives("by REST")["_id"] == sent.json()["data"]["_id"]
    conversations = requests.get(f"{server.url}/api/chat/sessions/{bob.id}", timeout=PATIENCE).json()
    assert conversations["data"][0]["lastMessage"]["content"] == "by REST"
    online = requests.get(f"{server.url}/api/chat/users/online", timeout=PATIENCE).json()["data"]
    assert {alice.id, bob.id} <= {user["_id"] for user in online}


@needs("messaging", "private_chat", "users")
def test_failures(enters):
    alice, bob, carol = enters("alice"), enters("bob"), enters("carol")
    message = alice.sends(bob.id, "between us")
    is_failure(carol.ask("message:send", draft(alice, bob.id, "I am alice")), "FORBIDDEN")
    is_failure(carol.ask("chat:history", {"sessionId": message["sessionId"]}), "FORBIDDEN")
    is_failure(carol.ask("message:send", draft(carol, bob.id, 5)), "VALIDATION_FAILED", names="content")
    carol.tell("message:send", draft(carol, bob.id, 5))
    is_failure(carol.hears("error"), "VALIDATION_FAILED", names="content", event="message:send")
    is_failure(carol.ask("no:such:event"), "NOT_FOUND")


def test_binary_and_acknowledgements(server, transports):
    echo = Person(server.url, transports, namespace="/echo")
    echo.client.on("question", lambda *args: ("yes", b"\x07\x08", {"asked": args[0]}), namespace="/echo")
    echo.connect(auth={"token": "x"})
    blob = bytes(range(256)) * 100
    answer = echo.ask("bytes", (blob, {"deep": [b"\x00", "text"]}))
    assert answer["data"] == {"args": 2, "attachments": 2}
    with echo.changed:
        assert echo.changed.wait_for(lambda: any(name == "bytes" for name, _ in echo.heard), PATIENCE)
    args = next(args for name, args in echo.heard if name == "bytes")
    assert args[:2] == (blob, {"deep": [b"\x00", "text"]})
    echo.tell("ask me", "ready?")
    with echo.changed:
        assert echo.changed.wait_for(lambda: any(name == "answered" for name, _ in echo.heard), PATIENCE)
    args = next(args for name, args in echo.heard if name == "answered")
    assert args[:3] == ("yes", b"\x07\x08", {"asked": "ready?"})
    echo.leaves()


def test_refused_by_auth(server, transports):
    echo = Person(server.url, transports, namespace="/echo")
    refusals = []
    echo.client.on("connect_error", refusals.append, namespace="/echo")
    with pytest.raises(socketio.exceptions.ConnectionError):
        echo.connect(auth={"refuse": "not today"})
    assert refusals[0]["message"] == "not today"
    echo.leaves()


@needs("private_chat")
def test_one_session_under_races(server, named):
    body = {"userId1": named("alice"), "userId2": named("bob")}

    def post(_):
        return requests.post(f"{server.url}/api/chat/sessions/private", json=body, timeout=PATIENCE)

    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(post, range(50)))
    assert sorted(answer.status_code for answer in answers) == [200] * 49 + [201]
    assert len({answer.json()["data"]["_id"] for answer in answers}) == 1
