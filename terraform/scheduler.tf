# What EventBridge Scheduler may do: send this document, and no other, to this instance, and to no
# other.

data "aws_iam_policy_document" "scheduler_trust" {
  count = var.schedule == null ? 0 : 1

  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["scheduler.amazonaws.com"]
    }

    # Without these a schedule of another account could name this role.
    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [data.aws_caller_identity.current.account_id]
    }

    condition {
      test     = "ArnEquals"
      variable = "aws:SourceArn"
      values   = [aws_scheduler_schedule_group.restart[0].arn]
    }
  }
}

data "aws_iam_policy_document" "scheduler" {
  count = var.schedule == null ? 0 : 1

  statement {
    actions = ["ssm:SendCommand"]

    resources = [
      aws_ssm_document.restart[0].arn,
      "arn:${data.aws_partition.current.partition}:ec2:${local.here}:instance/${var.schedule.instance_id}",
    ]
  }
}

resource "aws_iam_role" "scheduler" {
  count = var.schedule == null ? 0 : 1

  name               = "${var.name}-scheduler"
  description        = "EventBridge Scheduler, which begins scheduled restarts"
  assume_role_policy = data.aws_iam_policy_document.scheduler_trust[0].json
  tags               = var.tags
}

resource "aws_iam_role_policy" "scheduler" {
  count = var.schedule == null ? 0 : 1

  name   = "send-restart"
  role   = aws_iam_role.scheduler[0].id
  policy = data.aws_iam_policy_document.scheduler[0].json
}
