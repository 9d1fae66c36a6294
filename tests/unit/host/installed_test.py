#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""installed_test.py TREE PREFIX FOREIGN: does what a packager does: installs the server from the build tree into an empty
prefix, with the shipped configuration, puts a plugin that was built against the installed SDK (FOREIGN) beside its own,
and starts it away from the tree."""
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import urllib.request

PATIENCE = 60  # seconds, for each step
# What a library has allocated that went with its plugin looks like a leak to AddressSanitizer: nobody points at it any more.
ENVIRONMENT = {**os.environ, "LSAN_OPTIONS": "detect_leaks=0"}
tree, prefix, foreign = (pathlib.Path(argument).resolve() for argument in sys.argv[1:4])
source = pathlib.Path(__file__).resolve().parents[3]


def run(*command):
    ended = subprocess.run(command, cwd=elsewhere, env=ENVIRONMENT, timeout=PATIENCE, capture_output=True, text=True)
    assert ended.returncode == 0, f"{command} ended with {ended.returncode}:\n{ended.stdout}{ended.stderr}"
    return ended.stdout


def get(url):
    with urllib.request.urlopen(url, timeout=PATIENCE) as answer:
        return json.load(answer)


def names_of_plugins(settings):
    return {name for name, value in settings["plugins"].items() if isinstance(value, dict)}


def check_configuration(parleyd, config, plugins):
    printed = json.loads(run(parleyd, "--print-config"))
    assert names_of_plugins(printed) == plugins, f"{names_of_plugins(printed)} are found, {plugins} are in the tree"
    complete = json.loads((config / "parley.json").read_text())
    for file in config.glob("*.json"):
        # A configuration that names plugins whose folders were removed does not fit such a tree.
        if file.name.endswith(".schema.json") or file.name == "parley.json" and names_of_plugins(complete) - plugins:
            continue
        run(parleyd, "--check-config", "--config", file)
    if names_of_plugins(complete) == plugins:
        assert complete == printed, "parley.json is not what the installed server prints"


def check_running(parleyd, config, foreign_plugin):
    settings = ["server.port=0", f"storage.sqlite.path={elsewhere}/chat.db", "log.file="]
    command = [parleyd, "--config", config / "production.json", *(part for each in settings for part in ("--set", each))]
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    with subprocess.Popen(command, cwd=elsewhere, env=ENVIRONMENT, **streams) as server:
        try:
            lines = []
            for line in server.stdout:
                lines.append(line)
                if found := re.search(r"listening on (http://[^\s\"]+)", line):
                    break
            else:
                raise AssertionError("parleyd does not start:\n" + "".join(lines))
            url = found.group(1)
            assert get(f"{url}/api/health")["status"] == "ok"
            assert get(f"{url}/api/ready")["status"] == "ready"
            assert get(f"{url}/api/openapi.json")["info"]["title"] == "Parley"
            greeting = get(f"{url}/api/{foreign_plugin}/Ann")["data"]
            assert greeting.endswith(", Ann!"), greeting
            server.send_signal(signal.SIGTERM)
            rest, _ = server.communicate(timeout=PATIENCE)
            assert server.returncode == 0, f"parleyd ended with {server.returncode}:\n{''.join(lines)}{rest}"
        finally:
            server.kill()


with tempfile.TemporaryDirectory(prefix="parley-installed-") as folder:
    elsewhere = pathlib.Path(folder)
    shutil.rmtree(prefix, ignore_errors=True)
    run("cmake", "--install", tree, "--component", "server", "--prefix", prefix)
    installed = prefix / "bin/parleyd"
    (libraries,) = prefix.glob("lib*/**/parley/plugins")
    shipped = prefix / "share/parley/config"
    check_configuration(installed, shipped, {path.parent.name for path in source.glob("plugins/*/CMakeLists.txt")})
    shutil.copy(foreign, libraries)
    check_running(installed, shipped, foreign.stem)
