"""Finds what needs itself, over all the modules that a configuration calls.

Terraform orders variables, values and resources, and not modules: a call may need what another part
of the same module makes, but no variable of a module may need what the variable itself decides on.
"""

from expressions import references
from names import within
from reading import literal, module as read


def faults(module):
    """One line for each configuration in which something needs itself."""
    needs = {}
    gather(module, "", needs)
    circle = circle_in(needs)
    if circle:
        yield f"each needs the next: {', '.join(circle)}"


def gather(module, prefix, needs):
    """What each part of a module, and of those that it calls, needs."""
    for name, value in module.locals().items():
        needs[f"{prefix}local.{name}"] = targets(prefix, references(value))
    for block in module.blocks:
        known = [(value, names) for _, value, names in within("", block, ())]
        found = [name for value, names in known for name in references(value, names)]
        if block.type in ("resource", "data", "output"):
            kind = "" if block.type == "resource" else f"{block.type}."
            needs[f"{prefix}{kind}{block.name}"] = targets(prefix, found)
        elif block.type == "variable":
            # What a variable's conditions look at is known before the variable is used.
            itself = f"{prefix}var.{block.name}"
            needs.setdefault(itself, set()).update(targets(prefix, found) - {itself})
        elif block.type == "module":
            call(block, module, prefix, needs)


def call(block, module, prefix, needs):
    inner = f"{prefix}module.{block.name}."
    for name, value in block.arguments.items():
        variable = needs.setdefault(f"{inner}var.{name}", set())
        variable.update(targets(prefix, references(value)))
    source = literal(block.arguments.get("source"))
    if source:
        gather(read(module.folder / source), inner, needs)


def targets(prefix, names):
    """The parts that names stand for."""
    found = set()
    for name in names:
        parts = name.split(".")
        if parts[0] == "module" and len(parts) > 2:
            found.add(f"{prefix}module.{parts[1]}.output.{parts[2]}")
        else:
            found.add(prefix + ".".join(parts[:3 if parts[0] == "data" else 2]))
    return found


def circle_in(needs):
    """Some parts of which each needs the next, and the last the first; none if there are none."""
    done = set()

    def follow(part, path):
        if part in path:
            return path[path.index(part):]
        if part in done:
            return None
        for needed in sorted(needs.get(part, ())):
            circle = follow(needed, [*path, part])
            if circle:
                return circle
        done.add(part)
        return None

    return next(filter(None, (follow(part, []) for part in sorted(needs))), None)
