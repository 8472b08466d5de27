"""Holds each function's role to the calls it was seen to make: all of them allowed, and nothing allowed that was never seen.

    check-roles.py FOLDER [--without-secrets]

FOLDER has recordings, a line for each kind of call: `<function's logical id> <action> <resource>`, and of the table the partitions, such as
`appr_*`. The tests write them; the secrets are fetched by the deployed binaries alone, so before those have run the check goes without
them. A role that is bound to partitions is held to those; one that is not may use any.
"""

import pathlib
import re
import sys

from expand import expand, read

KEYS = "dynamodb:LeadingKeys"
SECRETS = "secretsmanager:GetSecretValue"

# A function without the address has no client for the service. On the local host all of them share one.
ADDRESSES = {"events:PutEvents": "EVENT_BUS_NAME", "execute-api:ManageConnections": "MANAGEMENT_URL"}

# What SAM gives every role, by the managed policy's name: the Lambda service writes the logs and the traces.
MANAGED = {"AWSLambdaBasicExecutionRole", "AWSXrayWriteOnlyAccess", "AWSXRayDaemonWriteAccess"}


def listed(value):
    return value if isinstance(value, list) else [value]


def resource(value):
    """A policy's resource as the recordings name it: by logical id."""
    if isinstance(value, dict):
        if "Ref" in value:
            return value["Ref"]
        if "Fn::GetAtt" in value:
            return value["Fn::GetAtt"][0]
        value = value["Fn::Sub"]
    attribute = re.fullmatch(r"\$\{(\w+)\.Arn\}(/.*)?", value)
    if attribute:
        return attribute[1] + (attribute[2] or "")
    connections = re.fullmatch(r"arn:.*:\$\{(\w+)\}/\w+/(\w+)/@connections/\*", value)
    if connections:
        return connections[1] + ("" if connections[2] == "POST" else "/" + connections[2])
    return value


def partitions(statement):
    """The partitions of the table that a statement is bound to; None for any. Another condition is not understood."""
    condition = statement.get("Condition")
    if condition is None:
        return [None]
    keys = condition.get("ForAllValues:StringLike", {}).get(KEYS)
    # Without the second, a call that names no key at all would be let through by "for all".
    if condition != {"ForAllValues:StringLike": {KEYS: keys}, "Null": {KEYS: "false"}} or not keys:
        sys.exit(f"this condition is not understood: {condition}")
    return listed(keys)


def roles(resources):
    """What each function may do, and which managed policies it has."""
    for name, function in resources.items():
        if function["Type"] == "AWS::Lambda::Function":
            role = resources[function["Properties"]["Role"]["Fn::GetAtt"][0]]["Properties"]
            attached = [
                other["Properties"]
                for other in resources.values()
                if other["Type"] == "AWS::IAM::Policy" and {"Ref": named(function["Properties"]["Role"])} in other["Properties"]["Roles"]
            ]
            allowed = set()
            for policy in [*role.get("Policies", []), *attached]:
                for statement in listed(policy["PolicyDocument"]["Statement"]):
                    actions, resources_of = listed(statement["Action"]), listed(statement["Resource"])
                    allowed |= {(a, resource(r), p) for a in actions for r in resources_of for p in partitions(statement)}
            yield name, allowed, role.get("ManagedPolicyArns", [])


def named(value):
    """The logical id that a `Ref` or `Fn::GetAtt` is of, also inside a mapping."""
    return value.get("Ref") or value.get("Fn::GetAtt", [None])[0] if isinstance(value, dict) else value


def by_the_service(resources):
    """What Lambda itself does in a function's name: reads its stream, keeps its failures, logs and traces."""
    for part in resources.values():
        properties = part.get("Properties", {})
        function = named(properties.get("FunctionName"))
        failures = properties.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination")
        if part["Type"] == "AWS::Lambda::EventSourceMapping":
            stream = f"{named(properties['EventSourceArn'])}/stream/*"
            for action in ("DescribeStream", "GetRecords", "GetShardIterator", "ListStreams"):
                yield function, f"dynamodb:{action}", stream
            yield function, "s3:PutObject", f"{named(failures)}/*"
            yield function, "s3:ListBucket", named(failures)
        if part["Type"] == "AWS::Lambda::EventInvokeConfig" and failures:
            yield function, "sqs:SendMessage", named(failures)
        if part["Type"] == "AWS::Lambda::Function":
            this = next(name for name, other in resources.items() if other is part)
            for action in ("logs:CreateLogStream", "logs:PutLogEvents"):
                yield this, action, named(properties["LoggingConfig"]["LogGroup"])
            for action in ("xray:PutTraceSegments", "xray:PutTelemetryRecords"):
                yield this, action, "*"


def possible(resources, call):
    """Whether a function makes this call when it is deployed."""
    function, action, *_ = call
    environment = resources.get(function, {}).get("Properties", {}).get("Environment", {}).get("Variables", {})
    return ADDRESSES.get(action, "TABLE_NAME") in environment


def recorded(folder):
    files = sorted(pathlib.Path(folder).glob("*.txt"))
    if not files:
        sys.exit(f"there are no recordings in {folder}: run the tests first")
    lines = [line.split() for file in files for line in file.read_text(encoding="utf-8").splitlines()]
    return {(*line, None)[:4] for line in lines}


def faults(resources, seen, secrets):
    service = set(by_the_service(resources))
    for name, allowed, managed in roles(resources):
        here = {(action, what, keys) for function, action, what, keys in seen if function == name}
        # Where a role is not bound to partitions, any will do.
        anywhere = {(action, what, None) for action, what, _ in here}
        if not here:
            yield f"{name}: it was never seen to call anything"
        for action, what, keys in sorted(here, key=str):
            if not allowed & {(action, what, keys), (action, what, None)}:
                yield f"{name}: it calls {action} {what} {keys or ''}, which its role does not allow"
        for action, what, keys in sorted(allowed - here - anywhere, key=str):
            if (name, action, what) not in service and (secrets or action != SECRETS):
                yield f"{name}: its role allows {action} {what} {keys or ''}, which it was never seen to call"
        for policy in managed:
            if str(policy).rsplit("/", 1)[-1].rstrip("'}") not in MANAGED:
                yield f"{name}: its role has {policy}"


def main(folder, *options):
    resources = expand(read("template.yaml"))["Resources"]
    calls = recorded(folder)
    unknown = {function for function, *_ in calls} - resources.keys()
    seen = {call for call in calls if possible(resources, call)}
    secrets = "--without-secrets" not in options
    found = [f"{name}: it is no function of the template" for name in sorted(unknown)]
    found += faults(resources, seen, secrets)
    told = f"{len(seen)} kinds of calls, and no role allows another" + ("" if secrets else "; the secrets were not looked at")
    print("\n".join(found) or told)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
