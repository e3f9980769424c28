# All instances of a group are restarted each Sunday at three in the morning, one after the other
# and out of traffic, by one controller.

module "elb_deploy" {
  source = "../.."

  name              = "shop"
  target_group_arns = var.target_group_arns
  controller        = true

  schedule = {
    expression     = "cron(0 3 ? * SUN *)"
    timezone       = "Europe/Berlin"
    jitter_minutes = 15
    instance_id    = aws_instance.controller.id
    # The script restarts the target that it is given, and is the service's own.
    command = "elb-deploy roll ${join(" ", var.target_group_arns)} -- /opt/shop/restart.sh {target}"
  }
}
