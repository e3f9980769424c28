import blocks
from samples import ModuleTest, schema

GOOD = """
resource "aws_lb_target_group" "web" {
  count  = 1
  name   = "web"
  port   = 80
  vpc_id = "vpc-1"
  tags   = { Service = "shop" }

  health_check {
    path = "/health"
  }

  lifecycle {
    create_before_destroy = true
  }
}

data "aws_iam_policy_document" "trust" {
  dynamic "statement" {
    for_each = ["ec2", "ssm"]

    content {
      actions = ["sts:AssumeRole"]

      principals {
        type        = "Service"
        identifiers = [statement.value]
      }
    }
  }
}

resource "aws_scheduler_schedule" "night" {
  schedule_expression = "rate(1 day)"

  flexible_time_window {
    mode = "OFF"
  }

  target {
    arn      = "arn"
    role_arn = "arn"
  }
}
"""


class Blocks(ModuleTest):
    def assert_broken(self, old, new, *expected):
        """The good sample with one thing changed has these faults and no others."""
        self.assertEqual(GOOD.count(old), 1, old)
        module = self.module(GOOD.replace(old, new))
        self.assert_finds(blocks.faults(module, schema()), *expected)

    def test_what_the_provider_takes_has_no_faults(self):
        self.assert_finds(blocks.faults(self.module(GOOD), schema()))

    def test_an_unknown_resource_or_data_source_is_found(self):
        self.assert_broken('"aws_lb_target_group"', '"aws_lb_target_groups"', "no such resource")
        self.assert_broken('"aws_iam_policy_document"', '"aws_iam_policy_documents"', "no such data")
        self.assert_broken('data "aws_iam', 'resource "aws_iam', "no such resource")

    def test_an_unknown_argument_is_found_at_any_depth(self):
        self.assert_broken('name   = "web"', 'nane   = "web"', "no such argument: nane")
        self.assert_broken('path = "/', 'paths = "/', "health_check: no such argument: paths")
        self.assert_broken("actions =", "action =", "statement: no such argument: action")
        self.assert_broken("identifiers =", "ids =", "no such argument: ids",
                           "principals: the argument identifiers is missing")

    def test_an_unknown_block_is_found(self):
        self.assert_broken("health_check {", "health_checks {", "no such block: health_checks")
        self.assert_broken('dynamic "statement"', 'dynamic "statements"', "no such block: statements")

    def test_a_required_argument_or_block_that_is_missing_is_found(self):
        self.assert_broken('schedule_expression = "rate(1 day)"', "",
                           "the argument schedule_expression is missing")
        self.assert_broken('role_arn = "arn"', "", "target: the argument role_arn is missing")
        self.assert_broken('  flexible_time_window {\n    mode = "OFF"\n  }\n', "",
                           "the block flexible_time_window is missing")

    def test_a_block_that_is_given_as_an_argument_is_found_and_the_other_way_round(self):
        self.assert_broken("health_check {", "health_check = {", "health_check is a block")
        self.assert_broken('tags   = { Service = "shop" }', 'tags {\n    Service = "shop"\n  }',
                           "tags is an argument")

    def test_a_second_block_is_found_where_there_can_be_one(self):
        self.assert_broken("  lifecycle {", "  health_check {\n  }\n\n  lifecycle {",
                           "there can be one block health_check")

    def test_a_literal_of_another_kind_is_found(self):
        self.assert_broken('["sts:AssumeRole"]', '"sts:AssumeRole"', "actions is a list")
        self.assert_broken('name   = "web"', 'name   = ["web"]', "name is a string")
        self.assert_broken('{ Service = "shop" }', '"shop"', "tags is a map")

    def test_a_list_is_found_where_resources_are_made_for_each_of_something(self):
        self.assert_broken("count  = 1", 'for_each = ["a"]', "for_each takes a map or a set")
        self.assert_broken("count  = 1", "for_each = var.a == null ? [] : var.a.b", "for_each takes")
        self.assert_broken("count  = 1", "for_each = toset(try(var.a.b, []))")

    def test_a_dynamic_block_without_content_is_found(self):
        self.assert_broken("    content {", "    contents {", "takes for_each and one content")
