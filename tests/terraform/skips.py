"""Holds what checkov is told to pass over to a reason that a person can judge."""

import re

SKIP = re.compile(r"checkov:skip=\S*")
REASONED = re.compile(r"^\s*# checkov:skip=[A-Z0-9_]+:\w+( \S+){4,}$")


def faults(text):
    for number, line in enumerate(text.split("\n"), 1):
        if SKIP.search(line) and not REASONED.match(line):
            yield f"line {number}: a check is passed over for no reason of five words"
