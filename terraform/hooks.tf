# What instances need that drain and restore themselves: in CodeDeploy's hooks, from a pipeline's
# step on the instance, or by `flip --self`.

variable "hooks" {
  type = object({
    policies = optional(set(string), ["hook"])
  })
  default     = null
  description = <<-EOT
    Makes a role and an instance profile for the instances themselves; null makes none.
    - `policies`: `hook` for drain and restore, `flip` for `flip --self`, and `status` for
      `verify` and `status`. The permissions are every program's on the instance, so take no more
      than its hooks need.
  EOT

  validation {
    condition     = alltrue([for role in try(var.hooks.policies, []) : contains(["status", "hook", "roll", "flip"], role)])
    error_message = "Each of the policies is status, hook, roll or flip."
  }
}

data "aws_iam_policy_document" "instances" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["ec2.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "hooks" {
  count = var.hooks == null ? 0 : 1

  name               = "${var.name}-hooks"
  description        = "Instances that drain and restore themselves"
  assume_role_policy = data.aws_iam_policy_document.instances.json
  tags               = var.tags
}

resource "aws_iam_role_policy_attachment" "hooks" {
  for_each = toset(try(var.hooks.policies, []))

  role       = aws_iam_role.hooks[0].name
  policy_arn = aws_iam_policy.this[each.key].arn
}

resource "aws_iam_instance_profile" "hooks" {
  count = var.hooks == null ? 0 : 1

  name = aws_iam_role.hooks[0].name
  role = aws_iam_role.hooks[0].name
  tags = var.tags
}

output "hook_role_name" {
  description = "The role of the instances, to attach to it what else they need; null if there is none."
  value       = one(aws_iam_role.hooks[*].name)
}

output "hook_instance_profile_name" {
  description = "The instance profile of the instances; null if there is none."
  value       = one(aws_iam_instance_profile.hooks[*].name)
}
