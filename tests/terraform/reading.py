"""Reads the files of a Terraform module into blocks.

What is written is kept as it is written: a string is a literal in its quotes or an expression in
`${}`, and nothing is evaluated.
"""

from dataclasses import dataclass, field
from pathlib import Path

import hcl2

# What the parser adds to each block.
ADDED = ("__is_block__", "__comments__", "__inline_comments__")


@dataclass
class Block:
    """A block: its type and labels, the arguments in it, and the blocks in it."""

    type: str
    labels: list
    arguments: dict = field(default_factory=dict)
    blocks: list = field(default_factory=list)

    @property
    def name(self):
        return ".".join(self.labels) or self.type

    def inner(self, type_):
        return [block for block in self.blocks if block.type == type_]


@dataclass
class Module:
    """All top-level blocks of a folder."""

    folder: Path
    blocks: list

    def of(self, type_):
        return [block for block in self.blocks if block.type == type_]

    def named(self, type_):
        return {block.name: block for block in self.of(type_)}

    def locals(self):
        """Each local value with its expression."""
        return {name: value for block in self.of("locals") for name, value in block.arguments.items()}


def module(folder):
    """The module in a folder."""
    blocks = []
    for path in sorted(folder.glob("*.tf")):
        blocks += top_level(path.read_text())
    return Module(folder, blocks)


def top_level(text):
    """The blocks of one file."""
    return contents(Block("file", []), hcl2.loads(text)).blocks


def contents(block, read):
    for name, value in read.items():
        if name in ADDED:
            continue
        if is_blocks(value):
            block.blocks += [labelled(name, [], one) for one in value]
        else:
            block.arguments[name] = value
    return block


def is_blocks(value):
    return isinstance(value, list) and bool(value) and all(
        isinstance(one, dict) and holds_block(one) for one in value)


def holds_block(value):
    """Labels are levels between a block's type and the block itself."""
    if "__is_block__" in value:
        return True
    inner = [one for name, one in value.items() if name not in ADDED]
    return len(inner) == 1 and isinstance(inner[0], dict) and holds_block(inner[0])


def labelled(type_, labels, value):
    if "__is_block__" in value:
        return contents(Block(type_, labels), value)
    (label, inner), = ((name, one) for name, one in value.items() if name not in ADDED)
    return labelled(type_, [*labels, label.strip('"')], inner)


def literal(value):
    """The text of a string literal without anything to be evaluated in it; None for all else."""
    if isinstance(value, str) and value.startswith('"') and "${" not in value:
        return value[1:-1]
    return None
