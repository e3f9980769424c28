"""Holds every name that a module uses against what it declares, and what it declares against what
it uses."""

from expressions import functions, references
from reading import literal, module as read

# What is there without being declared.
GIVEN = {"each": {"key", "value"}, "count": {"index"}, "path": {"module", "root", "cwd"},
         "terraform": {"workspace"}}


def faults(module, schema, builtin):
    """Names that are not declared, and declarations that nobody uses."""
    used = set()
    for where, value, known in values(module):
        for name in functions(value):
            if name not in builtin:
                yield f"{where}: there is no function {name}"
        for name in references(value, known):
            used.add(".".join(name.split(".")[:2]))
            yield from of_name(f"{where}: {name}", name.split("."), module, schema)
    for name, block in module.named("variable").items():
        yield from documented(f"variable {name}", block, ("type", "description"))
        if f"var.{name}" not in used:
            yield f"variable {name}: nothing uses it"
    for name, block in module.named("output").items():
        yield from documented(f"output {name}", block, ("value", "description"))
    for name in module.locals():
        if f"local.{name}" not in used:
            yield f"local.{name}: nothing uses it"
    for block in module.of("module"):
        yield from called(block, module)


def documented(where, block, needed):
    for name in needed:
        if not block.arguments.get(name):
            yield f"{where}: it has no {name}"


def values(module):
    """Each value that is evaluated, with where it is and which names are known there."""
    for block in module.blocks:
        if block.type == "locals":
            for name, value in block.arguments.items():
                yield f"local.{name}", value, ()
        elif block.type not in ("terraform", "provider"):
            yield from within(f"{block.type} {block.name}", block, ())


def within(where, block, known):
    # A type is no expression, and a module's source is read before any is evaluated.
    passed_over = {"variable": ("type",), "module": ("source", "version")}.get(block.type, ())
    for name, value in block.arguments.items():
        if name not in passed_over:
            yield f"{where}: {name}", value, known
    for inner in block.blocks:
        # The blocks of a dynamic one are told what they are made for by its label.
        label = (*known, inner.name) if inner.type == "dynamic" else known
        yield from within(f"{where}: {inner.type}", inner, label)


def of_name(where, parts, module, schema):
    """What is wrong with a name and the first thing that is read from it."""
    root, rest = parts[0], parts[1:]
    if root == "var":
        declared = module.named("variable")
    elif root == "local":
        declared = module.locals()
    elif root == "module":
        declared = module.named("module")
        if rest and rest[0] in declared and len(rest) > 1:
            yield from output(where, rest, declared[rest[0]], module)
    elif root in GIVEN:
        declared = GIVEN[root]
    elif root in ("data", *schema["resource"]):
        kind, named = ("data", rest) if root == "data" else ("resource", parts)
        yield from attribute(where, kind, named, module, schema)
        return
    else:
        yield f"{where}: nothing is called {root}"
        return
    if not rest or rest[0] not in declared:
        yield f"{where} is not declared"


def output(where, rest, call, module):
    source = literal(call.arguments.get("source"))
    outputs = read(module.folder / source).named("output") if source else {}
    if rest[1] not in outputs:
        yield f"{where}: the module has no output {rest[1]}"


def attribute(where, kind, named, module, schema):
    if ".".join(named[:2]) not in module.named(kind):
        yield f"{where} is not declared"
    elif len(named) > 2:
        # Of one that there are several of, one is taken first.
        read_name = next((part for part in named[2:] if part != "*" and not part.isdigit()), None)
        if read_name and read_name not in schema[kind][named[0]]["read"]:
            yield f"{where}: {named[0]} has no {read_name}"


def called(block, module):
    """Whether a module's call says what that module takes."""
    where = f"module {block.name}"
    source = literal(block.arguments.get("source"))
    if source is None or not list((module.folder / source).glob("*.tf")):
        yield f"{where}: no module is at {source}"
        return
    variables = read(module.folder / source).named("variable")
    own = {"source", "version", "count", "for_each", "depends_on", "providers"}
    for name in block.arguments:
        if name not in variables and name not in own:
            yield f"{where}: it has no variable {name}"
    for name, variable in variables.items():
        if "default" not in variable.arguments and name not in block.arguments:
            yield f"{where}: the variable {name} is missing"
