import skips
import versions
from samples import ModuleTest, schema

GOOD = """
terraform {
  required_version = ">= 1.9, < 2.0"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> MINOR"
    }
  }
}

resource "aws_iam_role" "this" {}
"""


class Pins(ModuleTest):
    def assert_finds_in(self, old, new, *expected):
        self.assertIn(old, GOOD)
        minor = ".".join(schema()["version"].split(".")[:2])
        module = self.module(GOOD.replace(old, new).replace("MINOR", minor))
        self.assert_finds(versions.faults(module, schema()), *expected)

    def test_versions_that_are_bounded_and_checked_have_no_faults(self):
        self.assert_finds_in("MINOR", "MINOR")

    def test_versions_without_bounds_and_of_another_schema_are_found(self):
        self.assert_finds_in(">= 1.9, < 2.0", ">= 1.9", "no upper bound")
        self.assert_finds_in("~> MINOR", "~> 5.0", "the version is not")
        self.assert_finds_in("aws = {", "awscc = {", "no version of its provider")

    def test_a_check_that_is_passed_over_without_a_reason_is_found(self):
        reasoned = "  # checkov:skip=CKV_AWS_1:It is no secret at all\n"
        self.assertEqual(list(skips.faults(reasoned)), [])
        for text in ("# checkov:skip=CKV_AWS_1\n", "# checkov:skip=CKV_AWS_1:later\n"):
            self.assertEqual(len(list(skips.faults(text))), 1, text)
