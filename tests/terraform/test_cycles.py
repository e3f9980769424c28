import cycles
from samples import ModuleTest

INNER = """
variable "schedule" {
  type = string
}

variable "controller" {
  type = bool
}

resource "aws_iam_instance_profile" "this" {
  count = DECIDES
}

output "profile" {
  value = aws_iam_instance_profile.this[0].name
}

resource "aws_ssm_document" "this" {
  content = var.schedule
}
"""
OUTER = """
module "inner" {
  source     = "../inner"
  controller = true
  schedule   = aws_instance.this.id
}

resource "aws_instance" "this" {
  iam_instance_profile = module.inner.profile
}
"""


class Cycles(ModuleTest):
    def test_what_needs_another_part_of_the_same_module_is_no_circle(self):
        inner = INNER.replace("DECIDES", "var.controller ? 1 : 0")
        self.assert_finds(cycles.faults(self.module(OUTER, inner=inner)))

    def test_a_circle_through_a_modules_variable_is_found(self):
        inner = INNER.replace("DECIDES", 'var.schedule == "" ? 0 : 1')
        self.assert_finds(cycles.faults(self.module(OUTER, inner=inner)), "each needs the next: aws_instance.this")

    def test_a_circle_of_local_values_is_found(self):
        self.assert_finds(cycles.faults(self.module("locals {\n  a = local.b\n  b = [local.a]\n}\n")),
                          "local.a, local.b")
