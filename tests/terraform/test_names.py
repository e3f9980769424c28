import names
from expressions import references
from samples import ModuleTest, builtin, schema

GOOD = """
variable "groups" {
  type        = list(object({ arn = string }))
  description = "Groups."

  validation {
    condition     = alltrue([for group in var.groups : group.arn != "${var.prefix}-none"])
    error_message = "no"
  }
}

variable "prefix" {
  type        = string
  default     = null
  description = "Prefix."
}

locals {
  policies = { for name, group in var.groups : name => jsonencode({ Resource = group.arn }) }
}

data "aws_partition" "current" {}

resource "aws_iam_policy" "this" {
  for_each = local.policies

  name   = "${var.prefix}-${each.key}-${data.aws_partition.current.partition}"
  policy = each.value
}

module "inner" {
  source = "../inner"
  given  = [for policy in aws_iam_policy.this : policy.arn]
}

output "made" {
  description = "Made."
  value       = [aws_iam_policy.this["a"].arn, module.inner.made]
}
"""
INNER = """
variable "given" {
  type        = list(string)
  description = "Given."
}

variable "more" {
  type        = string
  default     = "x"
  description = "More."
}

output "made" {
  description = "Made."
  value       = concat(var.given, [var.more])
}
"""


class Names(ModuleTest):
    def assert_broken(self, old, new, *expected):
        self.assertIn(old, GOOD)
        module = self.module(GOOD.replace(old, new, 1), inner=INNER)
        self.assert_finds(names.faults(module, schema(), builtin()), *expected)

    def test_declared_names_have_no_faults(self):
        self.assert_broken("groups", "groups")

    def test_a_name_that_is_not_declared_is_found(self):
        self.assert_broken("for_each = local.policies", "for_each = local.policy",
                           "local.policy is not declared", "local.policies: nothing uses it")
        self.assert_broken("!= \"${var.prefix}", "!= \"${var.prefixes}", "var.prefixes is not declared")
        self.assert_broken("data.aws_partition.current.p", "data.aws_partition.now.p", "is not declared")
        self.assert_broken("[aws_iam_policy.this[", "[aws_iam_policy.that[", "is not declared")
        self.assert_broken("= group.arn }", "= grup.arn }", "nothing is called grup")
        self.assert_broken("each.key", "each.name", "each.name is not declared")
        self.assert_broken("module.inner.made", "module.outer.made", "module.outer.made is not declared")

    def test_an_attribute_that_is_not_there_is_found(self):
        self.assert_broken("current.partition}", "current.partitions}", "has no partitions")
        self.assert_broken("module.inner.made", "module.inner.maid", "the module has no output maid")

    def test_a_function_that_is_not_there_is_found(self):
        self.assert_broken("jsonencode(", "json_encode(", "there is no function json_encode")

    def test_a_variable_without_a_description_or_a_type_is_found(self):
        self.assert_broken('  description = "Prefix."\n', "", "variable prefix: it has no description")
        self.assert_broken("  type        = string\n", "", "variable prefix: it has no type")
        self.assert_broken('  description = "Made."\n', "", "output made: it has no description")

    def test_what_nobody_uses_is_found(self):
        self.assert_broken('locals {', 'variable "rest" {\n  type = string\n  description = "R."\n}\n\nlocals {',
                           "variable rest: nothing uses it")
        self.assert_broken("locals {", "locals {\n  rest = 1", "local.rest: nothing uses it")

    def test_a_call_that_does_not_fit_its_module_is_found(self):
        self.assert_broken("given  =", "gives  =", "it has no variable gives", "the variable given is missing")
        self.assert_broken('"../inner"', '"../outer"', "no module is at", "the module has no output made")


class References(ModuleTest):
    def test_text_is_no_reference_but_what_is_evaluated_in_it_is(self):
        self.assertEqual(references('"a.b ${var.c} $${d.e} ${join(", f.g", local.h)}"'), ["var.c", "local.h"])
        self.assertEqual(references('${var.a == null ? "x.y" : "z${var.b[*].c}"}'), ["var.a", "var.b.c"])

    def test_the_names_of_loops_and_keys_are_no_references(self):
        self.assertEqual(references("${{for k, v in var.a : k => v.b if v.c}}"), ["var.a"])
        self.assertEqual(references("${merge({key = var.a}, {(var.b) = 1})}"), ["var.a", "var.b"])

    def test_what_is_compared_is_a_reference(self):
        self.assertEqual(references("${each == var.a}"), ["each", "var.a"])
