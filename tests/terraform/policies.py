"""Lints the policies with parliament, as they are once their placeholders are filled in."""

import json
import re

from parliament import analyze_policy_string

SAMPLES = {
    "${TARGET_GROUP_ARN}":
        "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/web/0123456789abcdef",
    "${TAG_KEY}": "service",
    "${TAG_VALUE}": "shop",
}
BY_TAG = f"aws:ResourceTag/{SAMPLES['${TAG_KEY}']}"


def faults(text):
    """What is wrong in a policy, and what in it is of one account or region only."""
    for number in re.findall(r"\d{12}", text):
        yield f"it names the account {number}"
    for placeholder, sample in SAMPLES.items():
        text = text.replace(placeholder, sample)
    for placeholder in re.findall(r"\$\{\w+\}", text):
        yield f"nobody fills in {placeholder}"
    for finding in analyze_policy_string(text).findings:
        if not (finding.issue == "RESOURCE_STAR" and tagged(text)):
            yield f"{finding.issue}: {finding.detail} {finding.location}"


def tagged(text):
    """Whether all that changes something is bounded by a tag, which the linter does not look at."""
    changing = [one for one in json.loads(text)["Statement"]
                if not all(":Describe" in action for action in one["Action"])]
    bounds = [one.get("Condition", {}).get("StringEquals", {}) for one in changing]
    return all(bound.get(BY_TAG) == SAMPLES["${TAG_VALUE}"] for bound in bounds)
