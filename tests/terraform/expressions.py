"""Finds what an expression refers to.

It reads no grammar: text in quotes is left out except for what is evaluated in it, and of what is
left each name counts that is not a function's, an argument's or a word of the language.
"""

import re

# A name with what is read from it; the brackets hold expressions of their own.
NAME = re.compile(r"(?<![\w.-])[A-Za-z_][\w-]*(?:\.(?:[A-Za-z_*][\w-]*|\d+)|\[\*\])*")
LOOP = re.compile(r"\bfor\s+(\w+)(?:\s*,\s*(\w+))?\s+in\b")
WORDS = {"for", "in", "if", "true", "false", "null", "endif", "else", "endfor"}


def references(value, known=()):
    """The names that a value refers to, but for those of its own loops and the `known` ones."""
    texts = list(evaluated(value))
    own = set(known)
    for text in texts:
        for loop in LOOP.finditer(text):
            own.update(name for name in loop.groups() if name)
    found = []
    for text in texts:
        for name in NAME.finditer(text):
            root = name[0].split(".")[0].split("[")[0]
            after = text[name.end():].lstrip()
            if root in WORDS or root in own or after.startswith("("):
                continue
            # A key of an object, and no comparison and no arrow of a loop.
            if re.match(r"(=(?![=>])|:)", after) and name[0] == root:
                continue
            found.append(name[0].replace("[*]", ""))
    return found


def functions(value):
    """The functions that a value calls."""
    called = re.compile(r"(?<![\w.])([A-Za-z_][\w]*)\(")
    return [name for text in evaluated(value) for name in called.findall(text) if name not in WORDS]


def evaluated(value):
    """The parts of a value that are evaluated, without the text in quotes."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if name.startswith("__"):
                continue
            # A key in parentheses or with something to evaluate in it is an expression.
            if not re.fullmatch(r"[\w-]+", name):
                yield from evaluated(name if name.startswith('"') else f"${{{name}}}")
            yield from evaluated(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from evaluated(inner)
    elif isinstance(value, str):
        if value.startswith("${") and value.endswith("}"):
            yield from code(value[2:-1])
        else:
            yield from templates(value)


def code(text):
    """Code without its quoted texts, and then what is evaluated in those."""
    kept, quoted = [], []
    at = 0
    while at < len(text):
        if text[at] == '"':
            end = closing_quote(text, at)
            quoted.append(text[at:end])
            # Something that is no name stands in its place.
            kept.append('""')
            at = end
        else:
            kept.append(text[at])
            at += 1
    yield "".join(kept)
    for one in quoted:
        yield from templates(one)


def templates(text):
    """What is evaluated in a quoted text."""
    at = 0
    while at < len(text):
        if text.startswith(("$${", "%%{"), at):
            at += 3
        elif text.startswith(("${", "%{"), at):
            end = closing_brace(text, at + 2)
            yield from code(text[at + 2:end])
            at = end + 1
        else:
            at += 1


def closing_quote(text, at):
    """Where a quoted text that begins here ends."""
    at += 1
    while at < len(text) and text[at] != '"':
        if text[at] == "\\":
            at += 2
        elif text.startswith(("$${", "%%{"), at):
            at += 3
        elif text.startswith(("${", "%{"), at):
            at = closing_brace(text, at + 2) + 1
        else:
            at += 1
    return at + 1


def closing_brace(text, at):
    """Where the brace that was opened before this ends."""
    depth = 1
    while at < len(text):
        if text[at] == '"':
            at = closing_quote(text, at)
            continue
        depth += {"{": 1, "}": -1}.get(text[at], 0)
        if depth == 0:
            return at
        at += 1
    return at
