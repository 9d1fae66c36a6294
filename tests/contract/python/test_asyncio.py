# SPDX-License-Identifier: Apache-2.0
# Needs the plugins: messaging private_chat users
"""A conversation with python-socketio's asyncio client."""
import asyncio

from parleyd import needs
from people import AsyncPerson


@needs("presence")
def test_conversation(server, transports, named):
    async def play():
        alice = await (await AsyncPerson(server.url, transports).connect()).joins(named("alice"))
        bob = await (await AsyncPerson(server.url, transports).connect()).joins(named("bob"))
        message = await alice.sends(bob.id, "hello")
        assert (await bob.receives("hello"))["_id"] == message["_id"]
        assert (await alice.hears("message:sent"))["message"] == message
        assert (await alice.hears("message:status"))["status"] == "delivered"
        each = 50
        both = [alice.sends(bob.id, f"a{i}") for i in range(each)] + [bob.sends(alice.id, f"b{i}") for i in range(each)]
        stored = await asyncio.gather(*both)
        assert sorted(item["seq"] for item in stored) == list(range(2, 2 * each + 2))
        for i in range(each):
            await bob.receives(f"a{i}")
            await alice.receives(f"b{i}")
        history = await alice.ask("chat:history", {"sessionId": message["sessionId"], "limit": 100})
        assert len(history["data"]) == 100
        assert history["pagination"]["total"] == 2 * each + 1
        await alice.client.disconnect()
        await bob.hears("user:status", lambda data, *_: data["userId"] == alice.id and data["status"] == "offline")
        await bob.client.disconnect()

    asyncio.run(play())


def test_many_at_once(server, transports, named):
    async def play():
        people = await asyncio.gather(*(AsyncPerson(server.url, transports).connect() for _ in range(20)))
        await asyncio.gather(*(person.joins(named(f"p{i}")) for i, person in enumerate(people)))
        pairs = list(zip(people[::2], people[1::2]))
        await asyncio.gather(*(one.sends(other.id, "hi") for one, other in pairs))
        await asyncio.gather(*(other.receives("hi") for _, other in pairs))
        await asyncio.gather(*(person.client.disconnect() for person in people))

    asyncio.run(play())
