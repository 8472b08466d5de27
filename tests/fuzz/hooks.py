"""What schemathesis must know beside the document."""
import json
import pathlib

import schemathesis


# What "any JSON" may be is said in the document in words, since no generator reads a schema that refers to itself.
@schemathesis.hook
def before_load_schema(context, raw_schema):
    schemas = json.loads(pathlib.Path(__file__).with_name("json.json").read_text())
    raw_schema["components"]["schemas"].update(schemas)


# Spaces around a header's value are no part of it (RFC 9110, section 5.5): such a value is not the one that the schema judged.
@schemathesis.hook
def filter_headers(context, headers):
    return all(value == value.strip() for value in (headers or {}).values() if isinstance(value, str))
