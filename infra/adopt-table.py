"""Prints what a new stack begins with that adopts a restored table (docs/run/backup.md): the table alone, as a restored one is, since
CloudFormation imports nothing beside new things; with `--with-secrets` the secrets as well, to be filled before any function starts.
"""

import json
import sys

from expand import read

RESTORED = ("TableName", "BillingMode", "AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes", "SSESpecification")


def resources(template, with_secrets):
    table = template["ApprovalsTable"]
    table["Properties"] = {name: table["Properties"][name] for name in RESTORED}
    secrets = {name: resource for name, resource in template.items() if resource["Type"] == "AWS::SecretsManager::Secret"}
    return {"ApprovalsTable": table} | (secrets if with_secrets else {})


if __name__ == "__main__":
    everything = read("template.yaml")["Resources"]
    print(json.dumps({"Resources": resources(everything, "--with-secrets" in sys.argv[1:])}, indent=2))
