"""Puts json.json into the document: what "any JSON" may be here is said there in words, since no generator reads a schema that refers to itself."""
import json
import pathlib

import schemathesis


@schemathesis.hook
def before_load_schema(context, raw_schema):
    schemas = json.loads(pathlib.Path(__file__).with_name("json.json").read_text())
    raw_schema["components"]["schemas"].update(schemas)
