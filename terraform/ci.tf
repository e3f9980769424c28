# A role that a pipeline assumes to roll or flip from outside the instances.

variable "ci" {
  type = object({
    principals = optional(list(string), [])
    oidc = optional(object({
      provider_arn = string
      subjects     = list(string)
      audience     = optional(string, "sts.amazonaws.com")
    }))
    policies    = optional(set(string), ["status", "roll"])
    session_max = optional(number, 14400)
  })
  default     = null
  description = <<-EOT
    Makes a role for pipelines; null makes none.
    - `principals`: the ARNs of the roles that may assume it, such as that of a Jenkins agent.
    - `oidc`: the identity provider whose tokens may assume it, such as GitHub's, with the subjects
      that may, such as `repo:acme/shop:ref:refs/heads/main`. A `*` in a subject stands for anything:
      `repo:acme/shop:*` lets every pull request deploy.
    - `policies`: `roll` or `flip` for what is deployed, `status` for plan, verify and status.
    - `session_max`: the longest session in seconds, of 3600 to 43200, for pipelines that get credentials
      once and keep them, as with GitHub's action (its `role-duration-seconds`). Where they end in the
      middle of a run, it ends with targets out of service, so that a session has to be longer than the
      longest run: about the deregistration delay, the deploy and the start, times the number of
      batches. A profile with `role_arn` gets new ones by itself, each for an hour at most if it is a
      role that assumes this one.
  EOT

  validation {
    condition     = var.ci == null || length(try(var.ci.principals, [])) > 0 || try(var.ci.oidc, null) != null
    error_message = "Say who may assume the role: principals, oidc or both."
  }

  validation {
    condition     = alltrue([for arn in try(var.ci.principals, []) : can(regex("^arn:[a-z-]+:(iam|sts)::[0-9]{12}:", arn))])
    error_message = "Each of the principals is an ARN: no account number and no *, which would let in a whole account or everybody."
  }

  validation {
    condition     = try(var.ci.oidc, null) == null || length(try(var.ci.oidc.subjects, [])) > 0
    error_message = "Without a subject nobody could assume the role."
  }

  validation {
    condition     = alltrue([for subject in try(var.ci.oidc.subjects, []) : can(regex("^[^*?]+[:/][^*?]+[:/]", subject))])
    error_message = "A * or ? stands after the second part of a subject at the earliest: before, it would let in strangers."
  }

  validation {
    condition     = alltrue([for role in try(var.ci.policies, []) : contains(["status", "hook", "roll", "flip"], role)])
    error_message = "Each of the policies is status, hook, roll or flip."
  }

  validation {
    condition     = try(var.ci.session_max, 3600) >= 3600 && try(var.ci.session_max, 3600) <= 43200
    error_message = "A session lasts 3600 to 43200 seconds at most."
  }
}

locals {
  ci_principals = try(var.ci.principals, [])
  ci_oidc       = try(var.ci.oidc, null)
  # An issuer's claims are named by its address without https, which is also the end of the ARN.
  ci_issuer = local.ci_oidc == null ? "" : regex("oidc-provider/(.+)$", local.ci_oidc.provider_arn)[0]
}

data "aws_iam_policy_document" "ci" {
  dynamic "statement" {
    for_each = length(local.ci_principals) > 0 ? [local.ci_principals] : []

    content {
      actions = ["sts:AssumeRole"]

      principals {
        type        = "AWS"
        identifiers = statement.value
      }
    }
  }

  dynamic "statement" {
    for_each = local.ci_oidc[*]

    content {
      actions = ["sts:AssumeRoleWithWebIdentity"]

      principals {
        type        = "Federated"
        identifiers = [statement.value.provider_arn]
      }

      condition {
        test     = "StringEquals"
        variable = "${local.ci_issuer}:aud"
        values   = [statement.value.audience]
      }

      condition {
        test     = "StringLike"
        variable = "${local.ci_issuer}:sub"
        values   = statement.value.subjects
      }
    }
  }
}

resource "aws_iam_role" "ci" {
  count = var.ci == null ? 0 : 1

  name                 = "${var.name}-ci"
  description          = "Pipelines that deploy"
  assume_role_policy   = data.aws_iam_policy_document.ci.json
  max_session_duration = var.ci.session_max
  tags                 = var.tags
}

resource "aws_iam_role_policy_attachment" "ci" {
  for_each = toset(try(var.ci.policies, []))

  role       = aws_iam_role.ci[0].name
  policy_arn = aws_iam_policy.this[each.key].arn
}

output "ci_role_arn" {
  description = "The role that pipelines assume; null if there is none."
  value       = one(aws_iam_role.ci[*].arn)
}
