# SPDX-License-Identifier: Apache-2.0
"""/ws with websocket-client, which knows nothing of Socket.IO."""
import json

import websocket

from parleyd import PATIENCE, needs


class Plain:
    def __init__(self, server):
        self.socket = websocket.create_connection(f"ws://127.0.0.1:{server.port}/ws", timeout=PATIENCE)
        self.frames = []
        self.count = 0

    def _find(self, fits):
        while True:
            for at, frame in enumerate(self.frames):
                if fits(frame):
                    return self.frames.pop(at)
            self.frames.append(json.loads(self.socket.recv()))

    def ask(self, event, data):
        self.count += 1
        self.socket.send(json.dumps({"event": event, "data": data, "id": self.count}))
        return self._find(lambda frame: frame.get("ack") == self.count)["data"]

    def tell(self, event, data):
        self.socket.send(json.dumps({"event": event, "data": data}))

    def hears(self, event):
        return self._find(lambda frame: frame.get("event") == event)["data"]


@needs("messaging", "private_chat", "users")
def test_conversation(server, named):
    alice, bob = Plain(server), Plain(server)
    assert alice.ask("user:join", {"id": named("alice"), "username": "alice"})["success"] is True
    assert bob.ask("user:join", {"id": named("bob"), "username": "bob"})["success"] is True
    assert alice.hears("user:joined")["user"]["_id"] == named("alice")
    message = {"senderId": named("alice"), "receiverId": named("bob"), "content": "plain", "messageType": "text"}
    sent = alice.ask("message:send", message)
    assert sent["success"] is True
    assert bob.hears("message:receive")["message"]["_id"] == sent["data"]["_id"]
    assert alice.hears("message:status")["status"] == "delivered"
    bob.tell("message:send", {**message, "senderId": named("alice")})
    refused = bob.hears("error")
    assert (refused["code"], refused["event"]) == ("FORBIDDEN", "message:send")
    alice.socket.close()
    bob.socket.close()


@needs("ping")
def test_fragmented_text(server):
    """A message in several frames is one message."""
    client = Plain(server)
    text = json.dumps({"event": "ping", "data": "in pieces", "id": 1})
    for at in range(0, len(text), 7):
        part = text[at : at + 7]
        opcode = websocket.ABNF.OPCODE_TEXT if at == 0 else websocket.ABNF.OPCODE_CONT
        frame = websocket.ABNF.create_frame(part, opcode, fin=int(at + 7 >= len(text)))
        client.socket.send_frame(frame)
    answer = client._find(lambda frame: frame.get("ack") == 1)["data"]
    assert answer == {"success": True, "data": {"pong": "in pieces"}}
    client.socket.close()
