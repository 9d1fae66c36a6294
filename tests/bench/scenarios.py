# SPDX-License-Identifier: Apache-2.0
"""What tests/bench/compare measures: the arguments of load/, and which figures are shown."""
import dataclasses
import os
import resource


@dataclasses.dataclass
class Row:
    title: str
    figure: str
    more_is_better: bool = False
    scale: float = 1


@dataclasses.dataclass
class Scenario:
    name: str
    title: str
    load: list
    rows: list
    settings: dict = dataclasses.field(default_factory=dict)  # of parleyd
    cores: str = ""  # of the server; empty: SERVER_CORES
    seconds: float = 0  # 0: SECONDS_EACH
    without: tuple = ()  # servers that do not take part


PER_SECOND = Row("per s", "perSecond", more_is_better=True)
CPU = Row("server's processor, µs each", "cpuMicros")
P50, P99, P999 = (Row(f"{name}, ms", figure) for name, figure in (("median", "p50"), ("p99", "p99"), ("p99.9", "p999")))
MESSAGES = [PER_SECOND, P50, P99, P999, CPU]
ALL_BUT_PARLEY = ("ceiling", "node", "node-mongodb", "uwebsockets")


def idle(name, count):
    return Scenario(name, f"{count:,} connect and join", ["idle", count, 100],
                    [PER_SECOND, CPU, Row("memory, kB each", "bytesEach", scale=1e-3)])


def pairs(window):
    return Scenario(f"pairs{window}", f"50 pairs, window {window}", ["pairs", 50, window], MESSAGES)


def fan_out(members, flight):
    return Scenario(f"fanout{members}x{flight}", f"group of {members:,}, {flight} in flight, deliveries",
                    ["fanout", members, members, flight], [PER_SECOND, P99, Row("until all have it, p99, ms", "all_p99"), CPU])


def members(name, count, online):
    """For the ceiling a group is everybody who is online."""
    return Scenario(name, f"group of {count:,}, {online} online", ["fanout", count, online, 1],
                    [Row("until all have it, median, ms", "all_p50"), CPU,
                     Row("server's processor, µs a message", "messageCpuMicros")],
                    without=("ceiling",))


def get(name, title, path):
    return Scenario(name, f"{title}, 50 connections", ["http", path, 50], [PER_SECOND, P99, CPU])


def named(title, prefix, rows):
    """The rows for one of several measurements of a scenario."""
    return [dataclasses.replace(row, title=f"{title}: {row.title}", figure=prefix + row.figure) for row in rows]


def history():
    count = int(os.environ.get("STORED", "1000000"))
    rows = [row for place in ("newest", "middle", "oldest") for row in named(place, f"{place}_", [PER_SECOND, P99, CPU])]
    return Scenario("history", f"GET a page of 50 of {count:,} messages, 50 connections", ["history", count, 50], rows,
                    without=("ceiling",))


def stored():
    """Filled once, and measured at a hundredth and a tenth of it, too."""
    most = int(os.environ.get("STORED", "1000000"))
    counts = (most // 100, most // 10, most)
    rows = [row for count in counts for row in named(f"{count:,} stored", f"{count}_", [PER_SECOND, P99, CPU])]
    return Scenario("stored", "50 pairs, window 1", ["stored", 50, most], rows, without=("ceiling",))


def storm(group):
    """With groups everybody hears of everybody, which takes Node minutes; only Parley spreads it over the time after."""
    name, title = (f"storm{group}", f"5,000 in groups of {group:,} at once") if group else ("storm", "5,000 at once")
    return Scenario(name, title, ["storm", 5_000, group],
                    [Row("new users, all in, s", "new_seconds"), Row("who come again, all in, s", "again_seconds"),
                     Row("a chat beside the new, p99, ms", "new_p99"), Row("beside those who come again, p99, ms", "again_p99")],
                    without=ALL_BUT_PARLEY if group else ())


def loops(count):
    """On both processors, one of which the clients have, too."""
    settings = {"server.loops": count}
    title = f"{count} loop{'s' if count > 1 else ''}, two processors"
    return [
        Scenario(f"loops{count}-pairs", f"{title}: 50 pairs, window 8", ["pairs", 50, 8], MESSAGES,
                 settings, "0,1", without=ALL_BUT_PARLEY),
        Scenario(f"loops{count}-fanout", f"{title}: group of 500, 10 in flight, deliveries",
                 ["fanout", 500, 500, 10], [PER_SECOND, P99, CPU], settings, "0,1", without=ALL_BUT_PARLEY),
    ]


def life():
    clients = int(os.environ.get("LIFE_CLIENTS", "1000"))
    return Scenario("life", f"{clients:,} users, one in ten active: the last 10 s", ["life", clients],
                    [Row("messages per s", "perSecond", more_is_better=True), P50, P99, Row("memory, MB", "residentBytes", scale=1e-6),
                     Row("processor, %", "cpuPercent")],
                    seconds=float(os.environ.get("LIFE_MINUTES", "30")) * 60, without=("ceiling",))


def all_scenarios():
    return [
        idle("idle5000", 5_000), idle("idle20000", min(20_000, resource.getrlimit(resource.RLIMIT_NOFILE)[1] - 1_000)),
        pairs(1), pairs(8),
        Scenario("rate", "50 pairs, 2,000 messages/s", ["rate", 50, 2_000],
                 [P50, P99, P999, Row("received after, p99, ms", "received_p99"), CPU]),
        Scenario("groups", "10 groups of ten who all send, window 1", ["groups", 10, 10, 1], MESSAGES, without=("ceiling",)),
        *(fan_out(count, flight) for count in (500, 2_000) for flight in (10, 1)),
        get("health", "GET health", "/api/health"),
        get("page", "GET a page of 50 messages", "/api/chat/messages/{session}?page=1&limit=50"),
        storm(0), storm(1_000),
        *(fan_out(count, flight) for count in (100, 10_000) for flight in (10, 1)),
        *(members(f"members{count}", count, 50) for count in (100, 1_000, 10_000)),
        members("members10000of500", 10_000, 500),
        stored(), history(),
        *loops(1), *loops(2),
        life(),
    ]


# What a word of ONLY stands for.
GROUPS = {
    "idle": ["idle5000", "idle20000"],
    "pairs": ["pairs1", "pairs8", "rate"],
    "fanout": ["fanout500x10", "fanout500x1", "fanout2000x10", "fanout2000x1"],
    "http": ["health", "page"],
    "storm": ["storm", "storm1000"],
    "members": ["fanout100x10", "fanout100x1", "fanout10000x10", "fanout10000x1",
                "members100", "members1000", "members10000", "members10000of500"],
    "loops": ["loops1-pairs", "loops1-fanout", "loops2-pairs", "loops2-fanout"],
}
# Without ONLY.
DEFAULT = ["idle", "pairs", "groups", "fanout", "http", "storm", "members", "loops"]
