"""Holds the versions that a module asks for: each bounded, and the provider's the one whose schema
the module is held to."""

from reading import literal


def faults(module, schema):
    blocks = module.of("terraform")
    if len(blocks) != 1:
        yield "one block terraform says which versions are needed"
        return
    asked = literal(blocks[0].arguments.get("required_version")) or ""
    if ">=" not in asked or "<" not in asked.replace("<=", ""):
        yield f"required_version has no lower and no upper bound: {asked}"
    providers = {name: value for block in blocks[0].inner("required_providers")
                 for name, value in block.arguments.items()}
    minor = ".".join(schema["version"].split(".")[:2])
    for name, value in providers.items():
        if literal(value.get("version")) != f"~> {minor}":
            yield f"provider {name}: the version is not ~> {minor}"
    for block in (*module.of("resource"), *module.of("data")):
        if block.labels[0].split("_")[0] not in providers:
            yield f"{block.name}: no version of its provider is asked for"
