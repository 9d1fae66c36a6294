# SPDX-License-Identifier: Apache-2.0
"""Starts a real parleyd for the tests and ends it, by its process id, afterwards."""
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[3]
BINARY = (ROOT / os.environ.get("PARLEYD", "build/release/bin/parleyd")).resolve()
MONGODB = os.environ.get("MONGODB_TEST_URI")  # every server stores there, in a database of its own; see tests/mongodb/run
PATIENCE = 60  # seconds; the outer bound of everything that is awaited


def needs(*plugins):
    """Marks a test that needs more plugins than its file: it is left out when the folder of one was removed."""
    are_there = all((ROOT / "plugins" / plugin).is_dir() for plugin in plugins)
    return lambda test: test if are_there else None


class Server:
    def __init__(self, **settings):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="parley-contract-"))
        self.log_file = self.folder / "parleyd.log"
        self.settings = {
            "server.port": 0,
            "storage.sqlite.path": self.folder / "chat.db",
            "plugins.directory": self._gather_plugins(),
            "realtime.eventsPerSecond": 1_000_000,
            **self._mongodb(),
            **settings,
        }

    def _mongodb(self):
        if not MONGODB:
            return {}
        folder = self.folder.name.rpartition("-")[2].encode().hex()
        database = f"parley_contract_{os.environ.get('CONTRACT_RUN', '')}_{folder}"
        return {"storage.driver": "mongodb", "storage.mongodb.uri": MONGODB, "storage.mongodb.database": database}

    def _gather_plugins(self):
        folder = self.folder / "plugins"
        folder.mkdir()
        default = f"{BINARY.parent.parent / 'plugins'}:{BINARY.parent.parent / 'test-plugins'}"
        for place in os.environ.get("PLUGIN_FOLDERS", default).split(":"):
            for library in pathlib.Path(place).glob("*.so"):
                (folder / library.name).symlink_to(library.resolve())
        return folder

    def log(self):
        return self.log_file.read_text() if self.log_file.exists() else ""

    def start(self):
        command = [str(BINARY)]
        for key, value in self.settings.items():
            command += ["--set", f"{key}={value}"]
        with self.log_file.open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, cwd=self.folder)
        end = time.monotonic() + PATIENCE
        while not (match := re.search(r"listening on https?://(\S+):(\d+)", self.log())):
            assert self.process.poll() is None, f"parleyd ended with {self.process.returncode}:\n{self.log()}"
            assert time.monotonic() < end, f"parleyd does not listen:\n{self.log()}"
            time.sleep(0.01)
        self.port = int(match.group(2))
        self.url = f"http://127.0.0.1:{self.port}"
        return self

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            code = self.process.wait()
        assert code == 0, f"parleyd ended with {code}; log kept: {self.log_file}\n{self.log()[-4000:]}"
        shutil.rmtree(self.folder)
