"""Holds every answer of the lab against AWS's own model of the API, as botocore carries it.

Clients skip what they do not know, so that only this notices a misspelt element. Prints one line
for each element or value that the model does not have, and at last how many it does have.
"""

import os
import sys
import urllib.parse
import urllib.request
import xml.etree.ElementTree as ElementTree

import botocore.session

SPACE = "{http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/}"
endpoint = os.environ["AWS_ENDPOINT_URL_ELASTIC_LOAD_BALANCING_V2"]
model = botocore.session.get_session().get_service_model("elbv2")
known = 0


def hold(element, shape, path):
    global known
    known += 1
    if shape.type_name == "list":
        for item in element:
            if item.tag != SPACE + "member":
                print(f"{path}: {item.tag}")
            hold(item, shape.member, f"{path}[]")
    elif shape.type_name == "structure":
        for part in element:
            name = part.tag.removeprefix(SPACE)
            if name in shape.members:
                hold(part, shape.members[name], f"{path}.{name}")
            else:
                print(f"{path}: {part.tag}")
    elif getattr(shape, "enum", None) and element.text not in shape.enum:
        print(f"{path}: {element.text}")


def call(action, **fields):
    form = urllib.parse.urlencode({"Action": action, "Version": "2015-12-01", **fields})
    with urllib.request.urlopen(endpoint, form.encode()) as answer:
        root = ElementTree.fromstring(answer.read())
    result = root.find(f"{SPACE}{action}Result")
    shape = model.operation_model(action).output_shape
    hold(result, shape, action)
    return lambda name: next(result.iter(SPACE + name)).text


def shift(zone):
    urllib.request.urlopen(f"{endpoint}/lab/zones/{zone}/shift", b"").close()


shift("lab-1a")
for name in sys.argv[1:]:
    group = call("DescribeTargetGroups", **{"Names.member.1": name})("TargetGroupArn")
    call("DescribeTargetGroupAttributes", TargetGroupArn=group)
    call("DescribeTargetHealth", TargetGroupArn=group, **{"Include.member.1": "All"})
balancer = call("DescribeLoadBalancers")("LoadBalancerArn")
call("DescribeLoadBalancerAttributes", LoadBalancerArn=balancer)
listener = call("DescribeListeners", LoadBalancerArn=balancer)("ListenerArn")
call("DescribeRules", ListenerArn=listener)
call("DescribeTags", **{"ResourceArns.member.1": group})
call("CreateTargetGroup", Name="new", Protocol="TCP", Port="80", VpcId="vpc-lab")
print(f"known {known}")
