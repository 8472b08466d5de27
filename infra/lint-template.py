"""Lints what SAM makes of template.yaml: cfn-lint does not look inside SAM's shorthand, so it is expanded first, offline."""

import json
import sys

import yaml
from cfnlint.api import lint
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator


def expand(template):
    """The CloudFormation that deploys. The translator wants code in S3, so it is told of a place that need not exist."""
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            resource["Properties"]["CodeUri"] = "s3://bucket/key"
    return Translator({}, Parser()).translate(template, {})


def missing_v1(resources):
    """Every route also answers under /v1, by the same integration."""
    for name, resource in resources.items():
        if resource["Type"] == "AWS::ApiGatewayV2::Api" and resource["Properties"].get("Body"):
            paths = resource["Properties"]["Body"]["paths"]
            for path in (p for p in paths if not p.startswith("/v1/")):
                if paths[path] != paths.get("/v1" + path):
                    yield f"{name}: {path} is not answered the same under /v1"


def closed_urls(resources):
    """A public Function URL refuses everyone unless both the URL and the function may be invoked."""
    permissions = [r["Properties"] for r in resources.values() if r["Type"] == "AWS::Lambda::Permission"]
    for name, resource in resources.items():
        if resource["Type"] == "AWS::Lambda::Url" and resource["Properties"]["AuthType"] == "NONE":
            function = resource["Properties"]["TargetFunctionArn"]
            granted = {p["Action"] for p in permissions if p["Principal"] == "*" and p["FunctionName"] == function}
            for action in {"lambda:InvokeFunctionUrl", "lambda:InvokeFunction"} - granted:
                yield f"{name}: nobody may {action}"


def main(path):
    with open(path, encoding="utf-8") as file:
        expanded = expand(yaml.safe_load(file))
    resources = expanded["Resources"]
    faults = [f"{'/'.join(map(str, m.path))}: {m.rule.id} {m.message}" for m in lint(json.dumps(expanded))]
    faults += [*missing_v1(resources), *closed_urls(resources)]
    print("\n".join(faults) or f"{path} expands to {len(resources)} resources, all valid")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
