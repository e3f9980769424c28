# Which target groups the permissions are for: those that are listed, those with a tag, or the one
# that is made here.

variable "target_group_arns" {
  type        = list(string)
  default     = []
  description = <<-EOT
    The groups in which targets may be registered and deregistered: all of a service's, because a
    drain takes an instance out of each group that holds it, and is refused if it may not. More than
    about forty do not fit into one policy: give them a tag then.
  EOT

  validation {
    condition     = alltrue([for arn in var.target_group_arns : can(regex("^arn:[a-z-]+:elasticloadbalancing:[a-z0-9-]+:[0-9]{12}:targetgroup/", arn))])
    error_message = "Each is the ARN of a target group."
  }
}

variable "target_group_tag" {
  type = object({
    key   = string
    value = string
  })
  default     = null
  description = <<-EOT
    The groups with this tag, in place of a list: groups that come later are then included. Whoever
    may tag a group decides what may be deployed, so let few do that.
  EOT

  validation {
    condition     = var.target_group_tag == null || length(var.target_group_arns) == 0
    error_message = "Either groups are listed, or they have a tag: with both, the list would say nothing."
  }

  validation {
    condition     = var.target_group_tag != null || length(var.target_group_arns) > 0 || var.target_group != null
    error_message = "Say which groups: target_group_arns, target_group_tag or target_group."
  }
}

locals {
  target_group_arns = concat(var.target_group_arns, aws_lb_target_group.this[*].arn)
  target_group_tags = var.target_group_tag == null ? {} : { (var.target_group_tag.key) = var.target_group_tag.value }
}
