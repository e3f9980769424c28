# A Jenkins whose agents have a role of their own. Its pipeline assumes the role that is made here,
# and runs `elb-deploy plan` and `elb-deploy roll` on a group whose settings make that fast.

module "elb_deploy" {
  source = "../.."

  name = "shop"

  target_group = {
    name         = "shop-web"
    vpc_id       = var.vpc_id
    port         = 8080
    health_check = { path = "/health" }
  }

  ci = {
    principals = [var.agent_role_arn]
    policies   = ["status", "roll"]
  }
}

variable "agent_role_arn" {
  type        = string
  description = "The role of the instances that Jenkins agents run on."
}

variable "vpc_id" {
  type        = string
  description = "The VPC of the service's instances."
}

output "role_arn" {
  description = "The role that the pipeline assumes: role_arn of an AWS profile, whose credential_source is Ec2InstanceMetadata."
  value       = module.elb_deploy.ci_role_arn
}

output "target_group_arn" {
  description = "The group, for a listener or a rule."
  value       = module.elb_deploy.target_group_arn
}
