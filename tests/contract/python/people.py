# SPDX-License-Identifier: Apache-2.0
"""Named people with python-socketio's clients; each remembers what it heard."""
import asyncio
import threading

import socketio

from contract import check_acknowledgement, check_event
from parleyd import PATIENCE


def draft(sender, receiver_id, content, **more):
    return {"senderId": sender.id, "receiverId": receiver_id, "content": content, "messageType": "text", **more}


class Person:
    """One device, on the blocking client."""

    def __init__(self, url, transports, namespace="/"):
        self.url, self.transports, self.namespace = url, transports, namespace
        self.client = socketio.Client(reconnection=False)
        self.heard = []
        self.changed = threading.Condition()
        self.client.on("*", self._note, namespace=namespace)

    def _note(self, event, *args):
        if self.namespace == "/":
            check_event(event, args)
        with self.changed:
            self.heard.append((event, args))
            self.changed.notify_all()

    def connect(self, auth=None):
        self.client.connect(
            self.url, transports=self.transports, namespaces=[self.namespace], auth=auth, wait_timeout=PATIENCE
        )
        return self

    def joins(self, user_id, **more):
        self.id = user_id
        answer = self.ask("user:join", {"id": user_id, "username": user_id, **more})
        assert answer["success"], answer
        return self

    def ask(self, event, data=None):
        answer = self.client.call(event, data, namespace=self.namespace, timeout=PATIENCE)
        if self.namespace == "/":
            check_acknowledgement(event, answer)
        return answer

    def tell(self, event, data=None):
        self.client.emit(event, data, namespace=self.namespace)

    def sends(self, receiver_id, content, **more):
        answer = self.ask("message:send", draft(self, receiver_id, content, **more))
        assert answer["success"], answer
        return answer["data"]

    def hears(self, event, fits=lambda *_: True):
        """The first argument of the first such event, taken off the record."""

        def take():
            for at, (name, args) in enumerate(self.heard):
                if name == event and fits(*args):
                    del self.heard[at]
                    return (args[0] if args else None,)
            return None

        with self.changed:
            found = self.changed.wait_for(take, PATIENCE)
            assert found, f"waited in vain for {event}; heard {self.heard}"
            return found[0]

    def receives(self, content):
        return self.hears("message:receive", lambda data, *_: data["message"]["content"] == content)["message"]

    def waiting(self, event):
        with self.changed:
            return [args[0] for name, args in self.heard if name == event]

    def leaves(self):
        self.client.disconnect()


class AsyncPerson:
    """The same on the asyncio client."""

    def __init__(self, url, transports):
        self.url, self.transports = url, transports
        self.client = socketio.AsyncClient(reconnection=False)
        self.heard = []
        self.changed = asyncio.Condition()
        self.client.on("*", self._note)

    async def _note(self, event, *args):
        check_event(event, args)
        async with self.changed:
            self.heard.append((event, args))
            self.changed.notify_all()

    async def connect(self):
        await self.client.connect(self.url, transports=self.transports, wait_timeout=PATIENCE)
        return self

    async def joins(self, user_id, **more):
        self.id = user_id
        answer = await self.ask("user:join", {"id": user_id, "username": user_id, **more})
        assert answer["success"], answer
        return self

    async def ask(self, event, data=None):
        answer = await self.client.call(event, data, timeout=PATIENCE)
        check_acknowledgement(event, answer)
        return answer

    async def sends(self, receiver_id, content, **more):
        answer = await self.ask("message:send", draft(self, receiver_id, content, **more))
        assert answer["success"], answer
        return answer["data"]

    async def hears(self, event, fits=lambda *_: True):
        def find():
            return next((at for at, (name, args) in enumerate(self.heard) if name == event and fits(*args)), None)

        async with self.changed:
            await asyncio.wait_for(self.changed.wait_for(lambda: find() is not None), PATIENCE)
            return self.heard.pop(find())[1][0]

    async def receives(self, content):
        data = await self.hears("message:receive", lambda data, *_: data["message"]["content"] == content)
        return data["message"]
