#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""History, unread counts and statistics at 1,000,000 messages, over HTTP: tests/bench/messages_bench.py [MESSAGES]

Half of them are in one group, half in 1,000 private sessions of one user, over the last 90 days; one in a thousand of the
group's is deleted. PARLEYD names the binary (build/release/bin/parleyd). Needs nothing but Python.
"""
import datetime
import http.client
import json
import os
import pathlib
import re
import shutil
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
PARLEYD = os.environ.get("PARLEYD", ROOT / "build/release/bin/parleyd")
MESSAGES = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
SESSIONS = 1000
SENDERS = 50
DAYS = 90
ROUNDS = 200
GROUP = "a" * 24
USER = "user.0"


class Server:
    def __init__(self, folder):
        self.log = open(folder / "log", "w+")
        self.process = subprocess.Popen(
            [PARLEYD, "--set", "server.port=0", "--set", f"storage.sqlite.path={folder}/chat.db"],
            stdout=self.log, stderr=self.log)
        while True:
            text = (folder / "log").read_text()
            if found := re.search(r"listening on http://\S+:(\d+)", text):
                break
            if self.process.poll() is not None:
                sys.exit(text)
            time.sleep(0.01)
        self.connection = http.client.HTTPConnection("127.0.0.1", int(found[1]))

    def call(self, method, path, body=None):
        start = time.perf_counter()
        headers = {"Content-Type": "application/json"} if body else {}
        self.connection.request(method, path, json.dumps(body) if body else None, headers)
        response = self.connection.getresponse()
        answer = json.loads(response.read())
        elapsed = (time.perf_counter() - start) * 1000
        assert answer["success"], answer
        return answer, elapsed

    def measure(self, what, path, rounds=ROUNDS):
        times = sorted(self.call("GET", path)[1] for _ in range(rounds))
        print(f"{what:46} median {statistics.median(times):7.2f} ms, 99 of 100 {times[int(rounds * 0.99) - 1]:7.2f} ms")

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()


def session_of(number):
    return f"{number:024x}"


def iso(when):
    return when.strftime("%Y-%m-%dT%H:%M:%S.000Z")


def messages_of(session, senders, count, first_id, receiver_of, deleted_every=0):
    """The messages of one session as the server stores them, spread evenly over the days."""
    begin = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(days=DAYS)
    sent = dict.fromkeys(senders, 0)
    for seq in range(1, count + 1):
        sender = senders[seq * 7 % len(senders)]
        sent[sender] += 1
        receiver = receiver_of(sender)
        counts = ({"pairSeq": sent[sender], "receiverSeq": sent[receiver]} if receiver else {"senderSeq": sent[sender]})
        when = iso(begin + datetime.timedelta(days=DAYS) * seq / count)
        document = {
            "_id": f"{first_id + seq:024x}", "sessionId": session, "sender": sender, "receiver": receiver,
            "content": "a message of some length, as people write them: " + "x" * 60, "messageType": "text",
            "fileUrl": "", "fileName": "", "fileSize": 0, "status": "sent", "readBy": [], "seq": seq,
            **counts, "updatedAt": when, "createdAt": when}
        if deleted_every and seq % deleted_every == 0:
            document |= {"deletedSeq": seq, "content": ""}
        yield document


def session_document(session, kind, participants, last, more):
    return {"_id": session, "sessionType": kind, "sessionName": "", "createdAt": "2024-01-01T00:00:00.000Z",
            "updatedAt": last["createdAt"], "participants": participants, "lastMessage": last["_id"],
            "lastMessageTime": last["createdAt"], "lastSeq": last["seq"], "lastSender": last["sender"],
            "lastSenderSeq": last.get("pairSeq", last.get("senderSeq")), "lastSystemSeq": 0} | more


def fill(database):
    def insert(table, documents):
        database.executemany(f'INSERT INTO "{table}" (id, doc) VALUES (?, ?)',
                             ((document["_id"], json.dumps(document, separators=(",", ":"))) for document in documents))

    def add(session, kind, people, count, first_id, receiver_of, deleted_every=0, more=None):
        last = None

        def noted():
            nonlocal last
            for last in messages_of(session, people[:SENDERS], count, first_id, receiver_of, deleted_every):
                yield last

        insert("messages", noted())
        participants = people if kind == "private" else []
        insert("chatsessions", [session_document(session, kind, participants, last, more or {})])
        insert("chatmembers", [{"_id": f"{session}:{user}", "sessionId": session, "userId": user, "role": "member",
                                "joinedAt": "2024-01-01T00:00:00.000Z"} for user in people])

    half = MESSAGES // 2
    group = [f"user.{number}" for number in range(SENDERS)]
    add(GROUP, "group", group, half, 1 << 80, lambda sender: None, 1000,
        {"lastDeletedSeq": half // 1000 * 1000, "ownerId": group[0], "memberCount": len(group)})
    for number in range(SESSIONS):
        pair = [USER, f"other.{number}"]
        add(session_of(number + 1), "private", pair, half // SESSIONS, (1 << 81) + (number << 32),
            lambda sender, pair=pair: pair[1] if sender == pair[0] else pair[0],
            more={"pairKey": "|".join(sorted(pair))})
    database.commit()


def main():
    folder = pathlib.Path(tempfile.mkdtemp(prefix="parley-bench-"))
    try:
        Server(folder).stop()  # makes the tables
        database = sqlite3.connect(folder / "chat.db")
        start = time.monotonic()
        fill(database)
        database.close()
        print(f"{MESSAGES} messages written in {time.monotonic() - start:.0f} s, "
              f"{(folder / 'chat.db').stat().st_size >> 20} MiB; {ROUNDS} requests each, one after another")
        server = Server(folder)
        newest = MESSAGES // 2
        history = f"/api/chat/messages/{GROUP}?limit=50"
        server.measure("history, newest", history)
        server.measure("history, by cursor, middle", f"{history}&beforeSeq={newest // 2}")
        server.measure("history, by cursor, oldest", f"{history}&afterSeq=0")
        server.measure("history, by page, middle", f"{history}&page={newest // 100}")
        server.measure("history, by page, oldest", f"{history}&page={newest // 50 - 10}")
        unread = f"/api/chat/messages/unread/{USER}"
        server.measure(f"unread, {SESSIONS + 1} sessions, all with news", unread)
        server.measure("sessions, first page", f"/api/chat/sessions/{USER}?limit=20")
        stats = f"/api/chat/stats/{USER}"
        server.measure("stats", stats)
        print(f"{'stats?days=30, the first time':46} {server.call('GET', stats + '?days=30')[1]:14.2f} ms")
        server.measure("stats?days=30", stats + "?days=30")
        for number in range(SESSIONS):
            server.call("PUT", f"/api/chat/messages/{(1 << 81) + (number << 32) + 1:024x}/read", {"userId": USER})
        server.measure(f"unread, {SESSIONS} sessions with a read state", unread)
        server.stop()
    finally:
        shutil.rmtree(folder)


main()
