"""Prints a template with the table alone, as a restored one is: what a new stack begins with that adopts it (docs/operations.md)."""

import json

from expand import read

RESTORED = ("TableName", "BillingMode", "AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes")

if __name__ == "__main__":
    table = read("template.yaml")["Resources"]["ApprovalsTable"]
    table["Properties"] = {name: table["Properties"][name] for name in RESTORED}
    print(json.dumps({"Resources": {"ApprovalsTable": table}}, indent=2))
