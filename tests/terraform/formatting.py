"""Holds a file's layout to that of `terraform fmt`: two spaces for each level, `=` aligned in lines
that follow each other, nothing at the ends of lines."""

import re

HEREDOC = re.compile(r"<<-?(\w+)$")
ASSIGNED = re.compile(r"^(\s*)([\w-]+|\([^=]*\)|\"[^\"]*\")(\s*)=(?![=>])(\s*)(.*)$")
OPENING, CLOSING = "{[(", "}])"


def faults(text):
    """Each line that `terraform fmt` would change, as far as this knows its rules."""
    lines = text.split("\n")
    if not text.endswith("\n") or text.endswith("\n\n"):
        yield "the file ends with one line break"
    opened = []
    aligned = []
    ends = None
    for number, line in enumerate(lines, 1):
        if ends is not None:
            # What is in a heredoc is text.
            ends = None if line.strip() == ends else ends
            continue
        if line != line.rstrip() or "\t" in line:
            yield f"line {number}: tabs, or spaces at the end"
        code = "" if line.lstrip().startswith("#") else without_text(line)
        if not line.strip():
            yield from out_of_line(aligned)
            aligned = []
            continue
        indent = len(line) - len(line.lstrip())
        change = brackets(code)
        closed = -change
        while closed > 0 and opened:
            taken = min(closed, opened[-1])
            closed -= taken
            opened[-1] -= taken
            if not opened[-1]:
                opened.pop()
        if indent != 2 * len(opened):
            yield f"line {number}: it is indented by {indent} and not {2 * len(opened)}"
        # However many are opened in one line, what is in them is one level deeper.
        if change > 0:
            opened.append(change)
        yield from spaces(number, code)
        found = ASSIGNED.match(line)
        heredoc = HEREDOC.search(code.rstrip())
        if code and found and change == 0:
            aligned.append((number, found))
        else:
            yield from out_of_line(aligned)
            aligned = []
            if code and found and (found[3], found[4]) != (" ", " "):
                yield f"line {number}: one space on each side of ="
        if heredoc:
            ends = heredoc[1]
    yield from out_of_line(aligned)


def out_of_line(aligned):
    """Those of lines that follow each other whose `=` is not where the longest name puts it."""
    longest = max((len(found[2]) for _, found in aligned), default=0)
    for number, found in aligned:
        if len(found[2]) + len(found[3]) != longest + 1 or found[4] != " ":
            yield f"line {number}: = is not aligned"


def spaces(number, code):
    """What stands too close together, or too far apart."""
    inner = code.strip()
    before_equal = re.sub(r"\s*=(?![=>]).*", "", inner) if ASSIGNED.match(code) else ""
    rest = inner[len(before_equal):].lstrip()
    rest = rest[1:].lstrip() if before_equal else rest
    if re.search(r"\S  +[^\s#]", rest):
        yield f"line {number}: more than one space"
    if re.search(r",\S", rest) or re.search(r"\s,", rest):
        yield f"line {number}: a space after a comma, and none before"
    if re.search(r"[\[(] +\S", rest) or re.search(r"\S +[\])]", rest):
        yield f"line {number}: no space inside of brackets"
    if re.search(r"[^\s({\[]\{", inner):
        yield f"line {number}: a space before a brace"
    if re.search(r"\b(?!(?:in|if|for)\b)\w+ [\[(]", inner) or "{ }" in inner:
        yield f"line {number}: no space before a bracket, and none between empty braces"
    if re.search(r"\{[^\s}]", rest) or re.search(r"[^\s{]\}", rest):
        yield f"line {number}: a space inside of braces"
    if re.search(r"[^\s=!<>]=|=[^\s=>]", rest) or re.search(r"\S(\?|&&|\|\||==|=>)|(\?|&&|\|\||==|=>)\S", rest):
        yield f"line {number}: spaces around what joins two values"


def brackets(code):
    return sum((one in OPENING) - (one in CLOSING) for one in code)


def without_text(line):
    """The line with each quoted text as an empty one, and without what is a comment behind code."""
    kept, at, inside = [], 0, False
    while at < len(line):
        one = line[at]
        if inside:
            if one == "\\":
                at += 2
                continue
            if line.startswith("${", at):
                at = after_brace(line, at + 2)
                continue
            inside = one != '"'
        elif one == "#" and "".join(kept).strip():
            break
        elif one == '"':
            inside = True
            kept.append('""')
        else:
            kept.append(one)
        at += 1
    return "".join(kept)


def after_brace(line, at):
    depth, quoted = 1, False
    while at < len(line) and depth:
        if line[at] == '"':
            quoted = not quoted
        elif not quoted:
            depth += {"{": 1, "}": -1}.get(line[at], 0)
        at += 1
    return at
