#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""convert.py OUT: turns the API descriptions beside this file into what is served and installed.

OUT/openapi.json and OUT/asyncapi.json are complete in themselves: what a document takes from the other is copied into it.
OUT/api_data.cpp holds all four documents as text, for the server.
"""
import hashlib
import json
import pathlib
import re
import sys

import yaml

HERE = pathlib.Path(__file__).resolve().parent
PIECE = 8000  # characters of one string literal


def refs(value):
    """Every object with a "$ref" in it."""
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value
        for member in value.values():
            yield from refs(member)
    elif isinstance(value, list):
        for item in value:
            yield from refs(item)


def bundle(document, others):
    """Copies the schemas that `document` takes from other files, and those that they need, into its components."""
    schemas = document["components"].setdefault("schemas", {})
    own = set(schemas)
    waiting = list(refs(document))
    while waiting:
        ref = waiting.pop()
        match = re.fullmatch(r"\./(\w+)\.yaml#/components/schemas/(\w+)", ref["$ref"])
        if not match:
            continue
        other, name = match.groups()
        if name in own:
            sys.exit(f"the schema {name} is in both files")
        ref["$ref"] = f"#/components/schemas/{name}"
        if name not in schemas:
            schemas[name] = json.loads(json.dumps(others[other]["components"]["schemas"][name]))
            for inner in refs(schemas[name]):
                inner["$ref"] = inner["$ref"].replace("#/", f"./{other}.yaml#/", 1)
                waiting.append(inner)
    return document


def literal(text):
    pieces = [text[at : at + PIECE] for at in range(0, len(text), PIECE)]
    return "\n".join(f'R"parley({piece})parley"' for piece in pieces)


def main(out):
    out.mkdir(parents=True, exist_ok=True)
    texts = {path.stem: path.read_text(encoding="utf-8") for path in sorted(HERE.glob("*.yaml"))}
    documents = {name: yaml.safe_load(text) for name, text in texts.items()}
    entries = []
    for name, text in texts.items():
        as_json = json.dumps(bundle(documents[name], documents), ensure_ascii=False, separators=(",", ":"))
        (out / f"{name}.json").write_text(as_json, encoding="utf-8")
        for kind, mime, content in (("json", "application/json; charset=utf-8", as_json), ("yaml", "application/yaml", text)):
            tag = hashlib.sha256(content.encode()).hexdigest()[:16]
            entries.append(f'{{"/api/{name}.{kind}", "{mime}", "W/\\"{tag}\\"",\n{literal(content)}}}')
    (out / "api_data.cpp").write_text(
        '#include "ops/api_documents.h"\n\nnamespace parley::ops {\n\n'
        f"const std::array<ApiDocument, {len(entries)}> apiDocuments{{{{\n" + ",\n".join(entries) + "}};\n\n}\n",
        encoding="utf-8",
    )


main(pathlib.Path(sys.argv[1]))
