"""Makes a small description of the AWS provider's schema out of the package that publishes it.

The package's jsii assembly is 130 MB of JSON for code generators; what a configuration may say is a
few of it. Usage: provider_schema.py WHEEL PIN OUT
"""

import io
import json
import re
import sys
import tarfile
import zipfile
from pathlib import Path

# An argument's name in a configuration is told by the link to its documentation alone.
ARGUMENT = re.compile(r"\{@link \S+#(\w+) [^}]*\}")
# So is what a class stands for.
STANDS_FOR = re.compile(
    r"\{@link \S+/hashicorp/aws/([\d.]+)/docs/(resources|data-sources)/\w+ (aws_\w+)\}"
)
KINDS = {"resources": "resource", "data-sources": "data"}


def assembly(wheel):
    """The assembly's types by name."""
    with zipfile.ZipFile(wheel) as packed:
        inner = next(name for name in packed.namelist() if name.endswith(".jsii.tgz"))
        inner = io.BytesIO(packed.read(inner))
    with tarfile.open(fileobj=inner) as packed:
        return json.load(packed.extractfile("package/.jsii"))["types"]


def value_type(declared):
    """What a value is: its shape, the name of the type of its parts if they have one, and whether
    there can be several of it."""
    if "primitive" in declared:
        return {"shape": declared["primitive"], "of": None, "many": False}
    if "fqn" in declared:
        return {"shape": "object", "of": declared["fqn"], "many": False}
    if "collection" in declared:
        inner = value_type(declared["collection"]["elementtype"])
        kind = declared["collection"]["kind"]
        return {"shape": kind, "of": inner["of"], "many": kind == "array"}
    # A value of the generator's own is always possible, and never written in a configuration.
    written = [one for one in declared["union"]["types"] if one.get("fqn") != "cdktf.IResolvable"]
    if len(written) == 1:
        return value_type(written[0])
    return {"shape": "any", "of": None, "many": True}


def arguments(struct):
    """What may be written in a block, by its name in a configuration."""
    found = {}
    for declared in struct.get("properties", []):
        docs = declared.get("docs", {})
        told = f"{docs.get('summary', '')} {docs.get('remarks', '')}"
        named = ARGUMENT.search(told)
        # What has no name in a configuration is the generator's own.
        if named:
            found[named[1]] = {
                "required": not declared.get("optional", False),
                "block": docs.get("summary", "") == f"{named[1]} block.",
                **value_type(declared["type"]),
            }
    return found


def readable(class_):
    """The names by which a configuration may read what it declared."""
    camel = [one["name"] for one in class_["properties"] if not one.get("static")]
    return sorted(re.sub(r"(?<!^)([A-Z])", r"_\1", name).lower() for name in camel
                  if not name.endswith("Input"))


def schema(types, pin):
    """The whole schema: resources and data sources, and the blocks that they are made of."""
    found = {"package": pin, "version": None, "resource": {}, "data": {}, "blocks": {}}
    for fqn, class_ in types.items():
        stands_for = STANDS_FOR.search(class_.get("docs", {}).get("summary", ""))
        config = f"{fqn}Config"
        if class_["kind"] == "class" and stands_for and config in types:
            found["version"] = stands_for[1]
            kind, name = KINDS[stands_for[2]], stands_for[3]
            found[kind][name] = {"block": config, "read": readable(class_)}
            keep(types, config, found["blocks"])
    return found


def keep(types, fqn, blocks):
    """Keeps a block's arguments, and those of the blocks in it."""
    if fqn in blocks or types.get(fqn, {}).get("kind") != "interface":
        return
    blocks[fqn] = arguments(types[fqn])
    for argument in blocks[fqn].values():
        if argument["of"]:
            keep(types, argument["of"], blocks)


if __name__ == "__main__":
    wheel, pin, out = sys.argv[1:]
    sys.setrecursionlimit(10_000)
    made = schema(assembly(wheel), Path(pin).read_text().strip())
    Path(out).write_text(json.dumps(made, separators=(",", ":")))
