"""Checks every module below a folder, and every policy below another; prints a line for each fault.

Usage: check.py SCHEMA TERRAFORM IAM
"""

import json
import sys
from pathlib import Path

import blocks
import cycles
import formatting
import names
import policies
import skips
import versions
from reading import module as read

HERE = Path(__file__).parent


def of_modules(root, schema):
    """The faults of all modules, and how many modules and resources there are."""
    builtin = set((HERE / "functions.txt").read_text().split())
    seen = {"modules": 0, "resources": 0}
    found = []
    for folder in sorted({path.parent for path in root.rglob("*.tf")}):
        module = read(folder)
        seen["modules"] += 1
        seen["resources"] += len(module.of("resource"))
        faults = [
            *blocks.faults(module, schema),
            *names.faults(module, schema, builtin),
            *cycles.faults(module),
            *versions.faults(module, schema),
        ]
        found += [f"{folder}: {fault}" for fault in faults]
        for path in sorted(folder.glob("*.tf")):
            text = path.read_text()
            found += [f"{path}: {fault}" for fault in (*formatting.faults(text), *skips.faults(text))]
    return found, seen


def of_policies(root):
    """The faults of all policies, and how many there are."""
    paths = sorted(root.rglob("*.json"))
    found = [f"{path}: {fault}" for path in paths for fault in policies.faults(path.read_text())]
    return found, {"policies": len(paths)}


def main(schema, terraform, iam):
    schema = json.loads(Path(schema).read_text())
    pin = (HERE / "provider.txt").read_text().strip()
    if schema["package"] != pin:
        sys.exit(f"the schema is of {schema['package']} and not of {pin}: run `make test`")
    in_modules, modules = of_modules(Path(terraform), schema)
    in_policies, lint = of_policies(Path(iam))
    faults = [*in_modules, *in_policies]
    print("\n".join(faults), file=sys.stderr)
    print(json.dumps({**modules, **lint, "faults": len(faults)}))
    return bool(faults)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
