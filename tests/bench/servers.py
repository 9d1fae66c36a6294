# SPDX-License-Identifier: Apache-2.0
"""The servers that tests/bench measures: how each is built, started and ended."""
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import time

BENCH = pathlib.Path(__file__).resolve().parent
ROOT = BENCH.parents[1]
BUILD = ROOT / "build/bench"
START_SECONDS = 120

# No limit of the server's own is met: what is measured is work.
UNLIMITED = {
    "server.maxConnectionsPerAddress": 100_000,
    "realtime.eventsPerSecond": 1_000_000,
    "limits.message.perUser": 0,
    "limits.read.perUser": 0,
    "limits.default.perUser": 0,
    # All come from one address.
    "limits.message.perAddress": 0,
    "limits.read.perAddress": 0,
    "limits.default.perAddress": 0,
}


def run(*command, **options):
    subprocess.run([str(word) for word in command], check=True, **options)


def compile_program(name, sources, *flags):
    """With g++, when a source is newer."""
    program = BUILD / name
    headers = sources[0].parent.glob("*.h")
    if program.exists() and all(file.stat().st_mtime < program.stat().st_mtime for file in [*sources, *headers]):
        return program
    BUILD.mkdir(parents=True, exist_ok=True)
    warnings = ["-Wall", "-Wextra", "-Wpedantic", "-Wshadow", "-Wconversion", "-Werror"]
    run("g++", "-std=c++20", "-O2", *warnings, "-pthread", *sources, "-o", program, *flags)
    return program


def build_load():
    return compile_program("load", sorted(BENCH.glob("load/*.cpp")))


def build_ceiling():
    return compile_program("ceiling", [BENCH / "ceiling.cpp"], "-lcrypto")


def fetch_uwebsockets():
    """Has Cargo fetch the sources, which come inside a crate; their folder."""
    wanted, folder = BENCH / "uwebsockets/crate", BUILD / "uwebsockets"
    sources, version = folder / "uWebSockets", "Cargo.toml"
    if not sources.exists() or (folder / version).read_text() != (wanted / version).read_text():
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(wanted, folder)
        command = ["cargo", "metadata", "--quiet", "--format-version=1"]
        crates = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, cwd=folder).stdout)["packages"]
        manifest = next(crate["manifest_path"] for crate in crates if crate["name"] == "libuwebsockets-sys")
        shutil.copytree(pathlib.Path(manifest).parent / "uWebSockets", folder / "unfinished")
        (folder / "unfinished").rename(sources)
    return sources


def build_uwebsockets():
    """Optimised as its own makefiles do it, but for any processor."""
    sources = fetch_uwebsockets()
    below = sources / "uSockets/src"
    flags = ["-O3", "-flto=auto", "-DLIBUS_NO_SSL", "-DUWS_NO_ZLIB"]
    library = BUILD / "uwebsockets/usockets.o"
    if not library.exists():
        run("gcc", "-w", *flags, "-I", below, "-r", "-o", library, *below.glob("*.c"), below / "eventing/epoll_kqueue.c")
    return compile_program("uwebsockets/server", sorted(BENCH.glob("uwebsockets/*.cpp")), *flags,
                           "-isystem", sources / "src", "-isystem", below, library, "-lboost_json")


def build_parleyd():
    """The release build, or the binary that PARLEYD names."""
    if "PARLEYD" in os.environ:
        return pathlib.Path(os.environ["PARLEYD"]).resolve()
    run(ROOT / "packaging/build", "release", "parley_server", stdout=subprocess.DEVNULL)
    return ROOT / "build/release/bin/parleyd"


def build_node():
    packages = BENCH / "node"
    installed = packages / "node_modules/.package-lock.json"
    if not installed.exists() or installed.stat().st_mtime < (packages / "package-lock.json").stat().st_mtime:
        run("npm", "ci", "--prefix", packages, "--no-audit", "--no-fund", "--loglevel=error")
        installed.touch()
    return packages / "server.mjs"


class Server:
    """A running server on the processors `cores` ("0", "0,1"): `port`, `pid`. As a context it ends with the block."""

    def __init__(self, command, cores, prefix=()):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="parley-bench-"))
        self.log = self.folder / "log"
        words = ["taskset", "-c", cores, *prefix, *(str(word).replace("{folder}", str(self.folder)) for word in command)]
        with self.log.open("w") as log:
            self.process = subprocess.Popen(words, stdout=log, stderr=log, env={**os.environ, "NODE_ENV": "production"})
        self.pid = self.process.pid
        self.port = self._wait_for_port()

    def _wait_for_port(self):
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end and self.process.poll() is None:
            if found := re.search(r"http://127\.0\.0\.1:(\d+)", self.log.read_text(errors="replace")):
                return int(found[1])
            time.sleep(0.01)
        text = self.log.read_text(errors="replace")
        self.end()
        raise SystemExit(f"the server did not start:\n{text}")

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.folder)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()


def parley_command(parleyd, settings, storage):
    options = {"server.port": 0, "plugins.file_transfer.directory": "{folder}/files", **UNLIMITED, **storage, **settings}
    return [parleyd, *(word for key, value in options.items() for word in ("--set", f"{key}={value}"))]


def on_sqlite():
    return {"storage.sqlite.path": "{folder}/chat.db"}


def on_mongodb(uri, database):
    return {"storage.driver": "mongodb", "storage.mongodb.uri": uri, "storage.mongodb.database": database}
