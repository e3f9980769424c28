"""Holds what resources and data sources say against the provider's schema."""

import re

# What Terraform itself takes in each of them.
OWN_ARGUMENTS = {"count", "for_each", "depends_on", "provider"}
OWN_BLOCKS = {"lifecycle", "provisioner", "connection"}
# What can be written for each kind of value, as far as a literal tells: numbers and booleans are
# turned into strings and back.
SIMPLE = {"string", "number", "boolean"}
# An expression that is a list, or one of whose two outcomes is.
LIST = re.compile(r"^\$\{\[|[?:] \[")


def faults(module, schema):
    """What the provider would not take."""
    for kind in ("resource", "data"):
        for block in module.of(kind):
            where = f"{kind} {block.name}"
            known = schema[kind].get(block.labels[0])
            if known is None:
                yield f"{where}: the provider has no such {kind}"
                continue
            yield from of_for_each(where, block)
            yield from of_block(where, providers(block), known["block"], schema["blocks"])


def of_for_each(where, block):
    """A list, which is told from a set only when it is planned; unlike blocks, no resources are made
    for each of one."""
    value = block.arguments.get("for_each")
    if isinstance(value, list) or isinstance(value, str) and LIST.search(value):
        yield f"{where}: for_each takes a map or a set, and no list"


def providers(block):
    """The block without what is Terraform's own."""
    return type(block)(
        block.type,
        block.labels,
        {name: value for name, value in block.arguments.items() if name not in OWN_ARGUMENTS},
        [inner for inner in block.blocks if inner.type not in OWN_BLOCKS],
    )


def of_block(where, block, type_, types):
    """What is wrong in a block of this type, and in the blocks in it."""
    if type_ not in types:
        return
    known = types[type_]
    for name, value in block.arguments.items():
        declared = known.get(name)
        if declared is None:
            yield f"{where}: no such argument: {name}"
        elif declared["block"]:
            yield f"{where}: {name} is a block and no argument"
        else:
            yield from of_value(f"{where}: {name}", value, declared)
    inner, unreadable = opened(where, block)
    yield from unreadable
    for name, one in inner:
        declared = known.get(name)
        if declared is None:
            yield f"{where}: no such block: {name}"
        elif not declared["block"]:
            yield f"{where}: {name} is an argument and no block"
        elif declared["of"]:
            yield from of_block(f"{where}: {name}", one, declared["of"], types)
    given = set(block.arguments) | {name for name, _ in inner}
    for name, declared in known.items():
        if declared["required"] and name not in given:
            what = "block" if declared["block"] else "argument"
            yield f"{where}: the {what} {name} is missing"
    written = [name for name, _ in inner]
    for name in sorted(set(written)):
        if written.count(name) > 1 and name in known and not known[name]["many"]:
            yield f"{where}: there can be one block {name}"


def opened(where, block):
    """The blocks in a block, those that are made for each of something among them."""
    inner, unreadable = [], []
    for one in block.blocks:
        if one.type != "dynamic":
            inner.append((one.type, one))
            continue
        contents = one.inner("content")
        extra = set(one.arguments) - {"for_each", "iterator", "labels"}
        if len(contents) == 1 and "for_each" in one.arguments and not extra:
            inner.append((one.name, contents[0]))
        else:
            unreadable.append(f"{where}: dynamic {one.name} takes for_each and one content")
    return inner, unreadable


def of_value(where, value, declared):
    """A literal of another kind. What is evaluated is not known before it is."""
    if isinstance(value, str) and value.startswith("${") or value is None:
        return
    simple = declared["shape"] in SIMPLE
    if simple and isinstance(value, (list, dict)):
        yield f"{where} is a {declared['shape']}"
    elif declared["shape"] == "array" and not isinstance(value, list):
        yield f"{where} is a list"
    elif declared["shape"] in ("map", "object") and not isinstance(value, dict):
        yield f"{where} is a map"
