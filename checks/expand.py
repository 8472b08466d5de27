"""What SAM makes of a template: the CloudFormation that deploys, offline."""

import copy
import logging

import yaml
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator


# It counts how it is used, for a service that we are not, and complains that nobody collects that.
logging.getLogger("samtranslator.metrics.metrics").setLevel(logging.ERROR)


def read(path):
    with open(path, encoding="utf-8") as file:
        return yaml.safe_load(file)


def expand(template, parameters=None):
    """The translator wants code in S3, so it is told of a place that need not exist."""
    template = copy.deepcopy(template)
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            resource["Properties"]["CodeUri"] = "s3://bucket/key"
    return Translator({}, Parser()).translate(template, parameters or {})
