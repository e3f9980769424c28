# A rolling restart by the clock: EventBridge Scheduler sends one fixed command to one instance.

variable "schedule" {
  type = object({
    expression     = string
    timezone       = optional(string, "UTC")
    jitter_minutes = optional(number)
    instance_id    = string
    command        = string
    time_limit     = optional(number, 14400)
    late_at_most   = optional(number, 900)
    enabled        = optional(bool, true)
  })
  default     = null
  description = <<-EOT
    Runs a command on one instance by the clock; null makes no schedule.
    - `expression`, `timezone`: when, such as `cron(0 3 ? * SUN *)` in `Europe/Berlin`.
    - `jitter_minutes`: it begins within so many minutes after that, 1 to 1440, so that many services
      do not restart together. Without it, it begins on time.
    - `instance_id`: the controller, which has the profile that `controller` makes, and the Systems
      Manager agent. It is one and the same instance each time, because the journals and the locks are
      on it: another one would not know what is held out. It is no target of its own restarts.
    - `command`: what is run, as root, by `sh`; such as
      `elb-deploy roll web -- /opt/shop/restart.sh {target}`. An earlier run that is still under
      way keeps its lock, and this one ends with exit code 6 and has done nothing.
    - `time_limit`: seconds after which Systems Manager stops the command, 172800 at most. What is out
      then is in the journal (`elb-deploy runs`), and `elb-deploy resume` goes on with it. Take more than
      the longest run: the default is four hours, Systems Manager's own only one.
    - `late_at_most`: seconds, 60 to 86400, after which a restart that could not begin is left out until
      next time. A restart for the night must not begin in the morning because the controller was down.
    - `enabled`: false keeps everything and begins nothing.
  EOT

  validation {
    condition     = can(regex("^(cron|rate|at)\\(.+\\)$", try(var.schedule.expression, "rate(1 day)")))
    error_message = "The expression is cron(…), rate(…) or at(…)."
  }

  validation {
    condition     = try(var.schedule.time_limit, 1) >= 1 && try(var.schedule.time_limit, 1) <= 172800
    error_message = "Systems Manager stops a command after 172800 seconds at most."
  }

  validation {
    condition     = try(var.schedule.late_at_most, 60) >= 60 && try(var.schedule.late_at_most, 60) <= 86400
    error_message = "A restart is 60 to 86400 seconds late at most."
  }
}

locals {
  schedule_name = "${var.name}-restart"
  here          = "${data.aws_region.current.region}:${data.aws_caller_identity.current.account_id}"
}

# The command is in a document of its own and takes no parameters: AWS-RunShellScript would let
# whoever has the scheduler's role run anything as root.
resource "aws_ssm_document" "restart" {
  count = var.schedule == null ? 0 : 1

  name            = local.schedule_name
  document_type   = "Command"
  document_format = "JSON"
  tags            = var.tags

  content = jsonencode({
    schemaVersion = "2.2"
    description   = "Runs the scheduled restart"
    mainSteps = [{
      action = "aws:runShellScript"
      name   = "restart"
      inputs = {
        timeoutSeconds = tostring(var.schedule.time_limit)
        runCommand     = split("\n", var.schedule.command)
      }
    }]
  })
}

# A group of its own, because it is groups by which the scheduler says who it acts for.
resource "aws_scheduler_schedule_group" "restart" {
  count = var.schedule == null ? 0 : 1

  name = local.schedule_name
  tags = var.tags
}

resource "aws_scheduler_schedule" "restart" {
  # checkov:skip=CKV_AWS_297:What is sent names a document and an instance, and is no secret
  count = var.schedule == null ? 0 : 1

  name                         = local.schedule_name
  group_name                   = aws_scheduler_schedule_group.restart[0].name
  description                  = "Begins the scheduled restart on ${var.schedule.instance_id}"
  schedule_expression          = var.schedule.expression
  schedule_expression_timezone = var.schedule.timezone
  state                        = var.schedule.enabled ? "ENABLED" : "DISABLED"

  flexible_time_window {
    mode                      = var.schedule.jitter_minutes == null ? "OFF" : "FLEXIBLE"
    maximum_window_in_minutes = var.schedule.jitter_minutes
  }

  target {
    arn      = "arn:${data.aws_partition.current.partition}:scheduler:::aws-sdk:ssm:sendCommand"
    role_arn = aws_iam_role.scheduler[0].arn
    # An agent that does not answer within TimeoutSeconds gets the command no more.
    input = jsonencode({
      DocumentName   = aws_ssm_document.restart[0].name
      InstanceIds    = [var.schedule.instance_id]
      TimeoutSeconds = var.schedule.late_at_most
    })

    # A call that was made twice does no harm: the second run finds the first one's lock.
    retry_policy {
      maximum_event_age_in_seconds = var.schedule.late_at_most
      maximum_retry_attempts       = 10
    }
  }
}
