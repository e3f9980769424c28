# The policies, from the same files that are used without Terraform: their placeholders are those of
# a template.

locals {
  # By role. The groups' ARNs come between the quotes that stand around the placeholder.
  policies = merge(
    { status = file("${path.module}/../iam/status.json") },
    {
      for role in ["hook", "roll", "flip"] : role => var.target_group_tag == null
      ? templatefile("${path.module}/../iam/${role}.json", {
        TARGET_GROUP_ARN = join("\", \"", local.target_group_arns)
      })
      : templatefile("${path.module}/../iam/by-tag/${role}.json", {
        TAG_KEY   = var.target_group_tag.key
        TAG_VALUE = var.target_group_tag.value
      })
    },
  )

  policy_descriptions = {
    status = "Look at target groups and load balancers: status, verify, plan, wait"
    hook   = "Take an instance out and put it back: drain, restore"
    roll   = "Deploy one after the other: roll, resume, restore"
    flip   = "Deploy beside the running release: flip, resume, restore"
  }
}

resource "aws_iam_policy" "this" {
  for_each = local.policies

  name        = "${var.name}-${each.key}"
  description = local.policy_descriptions[each.key]
  # Read and written again, so that a file that is no JSON fails in the plan.
  policy = jsonencode(jsondecode(each.value))
  tags   = var.tags
}

output "policy_arns" {
  description = "The policies by role: status, hook, roll and flip."
  value       = { for role, policy in aws_iam_policy.this : role => policy.arn }
}
