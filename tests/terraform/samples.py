"""What the tests of the checks share: the pinned provider's schema, and modules made of a text."""

import json
import os
import tempfile
import unittest
from functools import cache
from pathlib import Path

from reading import module as read


@cache
def schema():
    return json.loads(Path(os.environ["PROVIDER_SCHEMA"]).read_text())


@cache
def builtin():
    return set((Path(__file__).parent / "functions.txt").read_text().split())


class ModuleTest(unittest.TestCase):
    def module(self, text, **others):
        """The module of this text; `others` are the modules in the folders beside it."""
        root = Path(self.enterContext(tempfile.TemporaryDirectory()))
        for name, inner in {"main": text, **others}.items():
            (root / name).mkdir()
            (root / name / "main.tf").write_text(inner)
        return read(root / "main")

    def assert_finds(self, found, *expected):
        """Each fault is found, and no other."""
        found = sorted(found)
        self.assertEqual(len(found), len(expected), found)
        for fault in expected:
            self.assertTrue(any(fault in one for one in found), f"{fault} is not in {found}")
