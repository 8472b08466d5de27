"""Lints what SAM makes of template.yaml: cfn-lint does not look inside SAM's shorthand, so it is expanded first, offline.

Then holds it to what the project promises: routes, the table, alarms and their page, the dashboard, the parameters of samconfig.toml.
"""

import json
import pathlib
import re
import sys
import tomllib

from cfnlint.api import lint
from expand import expand, read

ALARMS = pathlib.Path("docs/run/alarms.md")
METRICS_PAGE = pathlib.Path("docs/run/observability.md")
SAMCONFIG = pathlib.Path("samconfig.toml")
METRICS = pathlib.Path("shared/lambda/src/observe/metrics.rs")

# Every option on, on the other processor.
EVERYTHING = {
    "Architecture": "x86_64",
    "AlarmEmail": "ops@acme.com",
    "CertificateArn": "arn:aws:acm:eu-central-1:123456789012:certificate/12345678-1234-1234-1234-123456789012",
    "DomainName": "gate.acme.com",
    "HostedZoneId": "Z0123456789ABCDEFGHIJ",
    "DecideConcurrency": "0",
    "PushConcurrency": "0",
    "StreamConcurrency": "0",
    "Tracing": "Active",
    "WaitConcurrency": "0",
    "WebSocketAccessLogs": "true",
    "WebSocketDomainName": "ws.acme.com",
    "WorkConcurrency": "0",
}

# What the table must have, whatever else changes: with a name CloudFormation cannot replace it, and nothing else deletes it.
TABLE = {
    "TableName": {"Fn::Sub": "${AWS::StackName}-approvals"},
    "BillingMode": "PAY_PER_REQUEST",
    "DeletionProtectionEnabled": True,
    "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True},
    "SSESpecification": {"SSEEnabled": True},
    "StreamSpecification": {"StreamViewType": "NEW_AND_OLD_IMAGES"},
    "TimeToLiveSpecification": {"AttributeName": "ttl", "Enabled": True},
}
# How a root secret is made: another way would make another secret, under which nothing opens that is sealed.
ROOT_SECRETS = ("RootSecret", "ConnectorsSecret")
SECRET = {"PasswordLength": 64, "ExcludePunctuation": True}

# Functions that answer the holder of a wait token, and what their roles are bound to.
OF_WAITERS = ("PollFunction", "WaitFunction", "WaitStreamFunction", "SocketFunction", "PushFunction")
KEYS = "dynamodb:LeadingKeys"
APPROVALS_ALONE = {"ForAllValues:StringLike": {KEYS: ["appr_*"]}, "Null": {KEYS: "false"}}
# Lambda's quota for an account, and what of it may not be reserved.
USUAL_CONCURRENCY, MUST_BE_LEFT = 1000, 100

# The metrics of AWS that we look at, with the dimensions they come in.
AWS_METRICS = {
    "AWS/ApiGateway": [
        ("4xx 5xx ConnectCount Count ExecutionError IntegrationError Latency MessageCount", "ApiId"),
    ],
    "AWS/DynamoDB": [
        ("ConsumedReadCapacityUnits ConsumedWriteCapacityUnits ReadThrottleEvents WriteThrottleEvents", "TableName"),
        ("ReadThrottleEvents WriteThrottleEvents", "GlobalSecondaryIndexName TableName"),
        ("SystemErrors", "Operation TableName"),
    ],
    "AWS/Events": [("InvocationsFailedToBeSentToDlq", "EventBusName RuleName")],
    "AWS/Lambda": [
        ("ConcurrentExecutions DestinationDeliveryFailures Errors IteratorAge Throttles", "FunctionName"),
        ("DroppedEventCount OnFailureDestinationDeliveredEventCount", "EventSourceMappingUUID"),
    ],
    "AWS/SQS": [("ApproximateNumberOfMessagesVisible", "QueueName")],
}


def of_type(resources, kind):
    return {name: resource for name, resource in resources.items() if resource["Type"] == kind}


def missing_v1(resources):
    """Every route also answers under /v1, by the same integration."""
    for name, resource in of_type(resources, "AWS::ApiGatewayV2::Api").items():
        paths = resource["Properties"].get("Body", {}).get("paths", {})
        for path in (p for p in paths if not p.startswith("/v1/")):
            if paths[path] != paths.get("/v1" + path):
                yield f"{name}: {path} is not answered the same under /v1"


def closed_urls(resources):
    """A public Function URL refuses everyone unless both the URL and the function may be invoked."""
    permissions = [r["Properties"] for r in of_type(resources, "AWS::Lambda::Permission").values()]
    for name, resource in of_type(resources, "AWS::Lambda::Url").items():
        if resource["Properties"]["AuthType"] == "NONE":
            function = resource["Properties"]["TargetFunctionArn"]
            granted = {p["Action"] for p in permissions if p["Principal"] == "*" and p["FunctionName"] == function}
            for action in {"lambda:InvokeFunctionUrl", "lambda:InvokeFunction"} - granted:
                yield f"{name}: nobody may {action}"


def unguarded(resources):
    """No deployment of this template can replace or delete the table or a root secret, or switch off what protects it."""
    guarded = {name: {"GenerateSecretString": SECRET} for name in ROOT_SECRETS}
    guarded |= dict.fromkeys(of_type(resources, "AWS::DynamoDB::Table"), TABLE)
    for name, promised in guarded.items():
        resource = resources[name]
        for policy in ("DeletionPolicy", "UpdateReplacePolicy"):
            if resource.get(policy) != "Retain":
                yield f"{name}: its {policy} is not Retain"
        for key, value in promised.items():
            if resource["Properties"].get(key) != value:
                yield f"{name}: its {key} is not {value}"


def unanswered_rules(resources):
    """Each target of a rule has a dead-letter queue."""
    for name, rule in of_type(resources, "AWS::Events::Rule").items():
        for target in rule["Properties"]["Targets"]:
            if not target.get("DeadLetterConfig"):
                yield f"{name}: its target {target['Id']} has no dead-letter queue"


def named_rules(resources):
    """CloudFormation names the rules: the stack's name alone may have 128 characters, a rule's 64."""
    for name, rule in of_type(resources, "AWS::Events::Rule").items():
        if "Name" in rule["Properties"]:
            yield f"{name}: it has a name of its own"


def telling_logs(resources):
    """Access logs name their fields, and none that holds a path or a query: those can carry a token."""
    for name, stage in of_type(resources, "AWS::ApiGatewayV2::Stage").items():
        settings = json.dumps(stage["Properties"].get("AccessLogSettings", {}))
        for field in re.findall(r"\$context\.(?:path|customDomain|requestOverride|[\w.]*[qQ]uery)\w*", settings):
            yield f"{name}: its access log tells {field}"


def unexplained_alarms(resources, page):
    """Every alarm says where it is explained, and is; nothing is explained that is no alarm."""
    section = page.partition("\n## Alarms\n")[2].partition("\n## ")[0]
    headings = re.findall(r"^### (\w+)$", section, re.MULTILINE)
    alarms = of_type(resources, "AWS::CloudWatch::Alarm")
    topic = [{"Ref": "AlarmTopic"}]
    for name, alarm in alarms.items():
        properties = alarm["Properties"]
        if not properties["AlarmDescription"].endswith(f"Read {ALARMS}, {name}"):
            yield f"{name}: its description does not end in where it is explained"
        if (properties.get("AlarmActions"), properties.get("OKActions")) != (topic, topic):
            yield f"{name}: it does not go to the topic"
    for name in sorted({*alarms} ^ {*headings}):
        yield f"{name}: it is {'not explained under' if name in alarms else 'explained, and no alarm, in'} {ALARMS}"


def our_metrics(page):
    """The metrics that the functions write, as the page lists them: `Name` | dimensions."""
    section = page.partition("\n## Metrics\n")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| `(\w+)` \| ([\w, ]+) \|", section, re.MULTILINE)
    return {"Countersign": [(name, dimensions.replace(",", "")) for name, dimensions in rows]}


def unwritten_metrics(page):
    """What the page lists, the functions write."""
    source = METRICS.read_text(encoding="utf-8")
    for name, _ in our_metrics(page)["Countersign"]:
        if f'"{name}"' not in source:
            yield f"{METRICS_PAGE}: no function writes {name}"


def measured(resources):
    """Every metric an alarm or a widget looks at: by whom, namespace, name and dimensions."""
    for name, alarm in of_type(resources, "AWS::CloudWatch::Alarm").items():
        properties = alarm["Properties"]
        stats = [m["MetricStat"]["Metric"] for m in properties.get("Metrics", []) if "MetricStat" in m]
        for metric in stats or [properties]:
            dimensions = [d["Name"] for d in metric["Dimensions"]]
            yield name, metric["Namespace"], metric["MetricName"], dimensions
    for name, dashboard in of_type(resources, "AWS::CloudWatch::Dashboard").items():
        body = json.loads(re.sub(r"\$\{[\w:.]+\}", "x", dashboard["Properties"]["DashboardBody"]["Fn::Sub"]))
        for widget in body["widgets"]:
            for metric in widget["properties"].get("metrics", []):
                namespace, metric_name, *dimensions = [part for part in metric if isinstance(part, str)]
                yield f"{name}, {widget['properties']['title']}", namespace, metric_name, dimensions[::2]


def unknown_metrics(resources, page):
    """Nobody waits for a metric that does not exist."""
    known = AWS_METRICS | our_metrics(page)
    for who, namespace, name, dimensions in measured(resources):
        in_these = [sorted(dims.split()) for names, dims in known.get(namespace, []) if name in names.split()]
        if sorted(dimensions) not in in_these:
            yield f"{who}: there is no metric {namespace} {name} by {dimensions}"


def unbound_roles(resources):
    """The holder of a wait token reaches approvals alone: the functions that wait may use no other partition."""
    for name in OF_WAITERS:
        role = resources[resources[name]["Properties"]["Role"]["Fn::GetAtt"][0]]["Properties"]
        for policy in role["Policies"]:
            for statement in policy["PolicyDocument"]["Statement"]:
                on_table = "ApprovalsTable" in json.dumps(statement["Resource"])
                if on_table and statement.get("Condition") != APPROVALS_ALONE:
                    yield f"{name}: its role is not bound to approvals"


def unshared(template, resources):
    """What is reserved leaves enough of an account of the usual size, and a burst of waiters fits into what they have."""
    default = {name: entry.get("Default") for name, entry in template["Parameters"].items()}
    functions = of_type(resources, "AWS::Lambda::Function").values()
    reserved = [function["Properties"].get("ReservedConcurrentExecutions", 0) for function in functions]
    # Conditions hold by default: they ask whether a parameter is 0.
    reserved = [number["Fn::If"][1] if "Fn::If" in str(number) else number for number in reserved]
    reserved = [default[number["Ref"]] if isinstance(number, dict) else number for number in reserved]
    if sum(reserved) > USUAL_CONCURRENCY - MUST_BE_LEFT:
        yield "what the functions reserve leaves less than 100 of an account's 1,000"
    if not 2 * default["WaitBurstLimit"] < default["WaitConcurrency"]:
        yield "WaitBurstLimit: a burst on both routes of a function that waits is not below WaitConcurrency"


def undescribed(template):
    """Parameters and outputs say what they are."""
    for section in ("Parameters", "Outputs"):
        for name, entry in template[section].items():
            if not entry.get("Description"):
                yield f"{section}/{name}: it has no description"


def overrides():
    """The parameters that samconfig.toml deploys with, by environment."""
    config = tomllib.loads(SAMCONFIG.read_text(encoding="utf-8"))
    for environment in (name for name in config if name != "version"):
        given = config[environment]["deploy"]["parameters"]["parameter_overrides"]
        yield environment, dict(pair.split("=", 1) for pair in given)


def linted(template, parameters):
    expanded = expand(template, parameters)
    for match in lint(json.dumps(expanded)):
        yield f"{'/'.join(map(str, match.path))}: {match.rule.id} {match.message}"


def main(path):
    template = read(path)
    alarms, metrics = (page.read_text(encoding="utf-8") for page in (ALARMS, METRICS_PAGE))
    resources = expand(template)["Resources"]
    faults = [
        f"{SAMCONFIG}, {environment}: there is no parameter {name}"
        for environment, given in overrides()
        for name in given.keys() - template["Parameters"].keys()
    ]
    for name, given in (("as it is", {}), ("with everything", EVERYTHING)):
        faults += [f"{name}: {fault}" for fault in linted(template, given)]
    for check in (missing_v1, closed_urls, unguarded, unanswered_rules, named_rules, telling_logs, unbound_roles):
        faults += check(resources)
    faults += unshared(template, resources)
    faults += [*undescribed(template), *unexplained_alarms(resources, alarms)]
    faults += [*unwritten_metrics(metrics), *unknown_metrics(resources, metrics)]
    print("\n".join(faults) or f"{path} expands to {len(resources)} resources, all valid, also with every option on")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
