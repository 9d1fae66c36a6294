# SPDX-License-Identifier: Apache-2.0
"""What tests/bench/compare measures: the arguments of load/, and which figures are shown."""
import dataclasses


@dataclasses.dataclass
class Row:
    title: str
    figure: str
    more_is_better: bool = False
    scale: float = 1


PER_SECOND = Row("per s", "perSecond", more_is_better=True)
CPU = Row("server's processor, µs each", "cpuMicros")
P50, P99, P999 = (Row(f"{name}, ms", figure) for name, figure in (("median", "p50"), ("p99", "p99"), ("p99.9", "p999")))
MESSAGES = [PER_SECOND, P50, P99, P999, CPU]
FAN_OUT = [PER_SECOND, P99, Row("with the last member, p99, ms", "all_p99"), CPU]


@dataclasses.dataclass
class Scenario:
    name: str
    title: str
    load: list
    rows: list
    settings: dict = dataclasses.field(default_factory=dict)  # of parleyd
    cores: str = ""  # of the server; empty: SERVER_CORES
    without: tuple = ()  # servers that cannot take part


def idle(count):
    return Scenario(f"idle{count}", f"{count:,} connect and join", ["idle", count, 100],
                    [PER_SECOND, CPU, Row("memory, kB each", "bytesEach", scale=1e-3)])


def pairs(window):
    return Scenario(f"pairs{window}", f"50 pairs, window {window}", ["pairs", 50, window], MESSAGES)


def fan_out(members, flight):
    return Scenario(f"fanout{members}x{flight}", f"group of {members:,}, {flight} in flight, deliveries",
                    ["fanout", members, flight], FAN_OUT)


def storm(group):
    name, title = (f"storm{group}", f"5,000 in groups of {group:,} at once") if group else ("storm", "5,000 at once")
    return Scenario(name, title, ["storm", 5_000, group],
                    [Row("new users, all in, s", "new_seconds"), Row("who come again, all in, s", "again_seconds"),
                     Row("a chat beside the new, p99, ms", "new_p99"), Row("beside those who come again, p99, ms", "again_p99")],
                    without=("ceiling", "node", "node-mongodb") if group else ())  # Node takes minutes for it


SCENARIOS = [
    idle(5_000),
    pairs(1),
    pairs(8),
    Scenario("rate", "50 pairs, 2,000 messages/s", ["rate", 50, 2_000],
             [P50, P99, P999, Row("received after, p99, ms", "received_p99"), CPU]),
    Scenario("groups", "10 groups of ten who all send, window 1", ["groups", 10, 10, 1], MESSAGES, without=("ceiling",)),
    *(fan_out(members, flight) for members in (500, 2_000) for flight in (10, 1)),
    storm(0),
    storm(1_000),
]

GROUPS = {
    "all": [scenario.name for scenario in SCENARIOS],
    "idle": ["idle5000"],
    "storm": ["storm", "storm1000"],
    "pairs": ["pairs1", "pairs8", "rate"],
    "fanout": [f"fanout{members}x{flight}" for members in (500, 2_000) for flight in (10, 1)],
}

