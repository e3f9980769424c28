# Instances that CodeDeploy deploys one at a time, and that take themselves out and back in by its
# hooks: `elb-deploy drain --self` in BeforeInstall, `elb-deploy restore --self` in ValidateService.

module "elb_deploy" {
  source = "../.."

  name              = "shop"
  target_group_arns = var.target_group_arns
  hooks             = {}
}

# Give the instances module.elb_deploy.hook_instance_profile_name, and the tag Service = shop.

output "instance_profile_name" {
  description = "The instance profile that the instances need."
  value       = module.elb_deploy.hook_instance_profile_name
}
