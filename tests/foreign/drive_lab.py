"""Pages through the groups, takes a target out and puts it back, as a deploy script with boto3 does.

Prints what it saw as JSON. Endpoint, region and keys come from the environment only.
"""

import json
import sys

import boto3

name, target, stranger = sys.argv[1:]
elb = boto3.client("elbv2")

pages = elb.get_paginator("describe_target_groups").paginate(PageSize=1)
names = [[group["TargetGroupName"] for group in page["TargetGroups"]] for page in pages]
group = elb.describe_target_groups(Names=[name])["TargetGroups"][0]["TargetGroupArn"]
place = {"TargetGroupArn": group, "Targets": [{"Id": target}]}


def health():
    told = elb.describe_target_health(**place)["TargetHealthDescriptions"][0]["TargetHealth"]
    return [told["State"], told.get("Reason")]


def wait(waiter):
    elb.get_waiter(waiter).wait(**place, WaiterConfig={"Delay": 1, "MaxAttempts": 20})
    return health()


def refused(call, **arguments):
    try:
        call(**arguments)
    except elb.exceptions.ClientError as error:
        return [type(error).__name__, error.response["Error"]["Code"]]


seen = {"pages": names, "in service": wait("target_in_service")}
elb.deregister_targets(**place)
seen["leaving"] = health()
seen["out"] = wait("target_deregistered")
elb.register_targets(**place)
seen["coming"] = health()
seen["back"] = wait("target_in_service")
seen["refused"] = [
    refused(elb.describe_target_groups, Names=["nowhere"]),
    refused(elb.register_targets, TargetGroupArn=group, Targets=[{"Id": stranger}]),
]
print(json.dumps(seen))
