# A GitHub workflow that gets its credentials by OpenID Connect: no key is kept anywhere, and only
# runs of the main branch may deploy.

resource "aws_iam_openid_connect_provider" "github" {
  url            = "https://token.actions.githubusercontent.com"
  client_id_list = ["sts.amazonaws.com"]
}

module "elb_deploy" {
  source = "../.."

  name             = "shop"
  target_group_tag = { key = "Service", value = "shop" }

  ci = {
    oidc = {
      provider_arn = aws_iam_openid_connect_provider.github.arn
      subjects     = ["repo:${var.repository}:ref:refs/heads/main"]
    }
  }
}

variable "repository" {
  type        = string
  description = "The repository whose main branch is deployed, such as acme/shop."
}

output "role_arn" {
  description = "The role-to-assume of the workflow."
  value       = module.elb_deploy.ci_role_arn
}
