# The role of the one instance that runs scheduled restarts: it rolls, and takes its orders from
# Systems Manager.

variable "controller" {
  type        = bool
  default     = false
  description = <<-EOT
    Makes a role and an instance profile for the instance of `schedule`. It is asked for by itself,
    because the instance needs its profile first, and the schedule needs the instance.
  EOT
}

resource "aws_iam_role" "controller" {
  count = var.controller ? 1 : 0

  name               = "${var.name}-controller"
  description        = "The instance that runs scheduled restarts"
  assume_role_policy = data.aws_iam_policy_document.instances.json
  tags               = var.tags
}

resource "aws_iam_role_policy_attachment" "controller" {
  for_each = !var.controller ? {} : {
    roll   = aws_iam_policy.this["roll"].arn
    status = aws_iam_policy.this["status"].arn
    agent  = "arn:${data.aws_partition.current.partition}:iam::aws:policy/AmazonSSMManagedInstanceCore"
  }

  role       = aws_iam_role.controller[0].name
  policy_arn = each.value
}

resource "aws_iam_instance_profile" "controller" {
  count = var.controller ? 1 : 0

  name = aws_iam_role.controller[0].name
  role = aws_iam_role.controller[0].name
  tags = var.tags
}

output "controller_role_name" {
  description = "The controller's role, to attach to it what else the command needs; null if there is none."
  value       = one(aws_iam_role.controller[*].name)
}

output "controller_instance_profile_name" {
  description = "The instance profile for the controller; null if there is none."
  value       = one(aws_iam_instance_profile.controller[*].name)
}
