# A target group whose settings make a deploy fast and keep it safe. Its waits are most of the time
# that a deploy takes, and they follow from these settings alone.

variable "target_group" {
  type = object({
    name                 = string
    vpc_id               = string
    port                 = number
    protocol             = optional(string, "HTTP")
    target_type          = optional(string, "instance")
    deregistration_delay = optional(number)
    slow_start           = optional(number, 0)
    health_check = object({
      path                = string
      matcher             = optional(string, "200")
      interval            = optional(number, 5)
      timeout             = optional(number, 4)
      healthy_threshold   = optional(number, 2)
      unhealthy_threshold = optional(number, 2)
    })
  })
  default     = null
  description = <<-EOT
    Makes a group of an application load balancer (HTTP, HTTPS) or a network one (TCP, TLS); null
    makes none. Put it into a listener or a rule: a group in none is never checked, and none of its
    targets comes into service.
    - `deregistration_delay`: seconds that a target drains, 30 behind an application load balancer
      and 120 behind a network one. Every target of a deploy waits all of it, because an application
      load balancer shows `draining` to its end even if nothing is in flight; AWS's default is 300.
      Take the longest request that must not be cut off and a little more. Below 15 (120 behind a
      network load balancer) nothing is gained: for so long new requests may still arrive, and
      elb-deploy waits it out.
    - `slow_start`: 0, because it starts anew each time that a target comes back, and a deploy waits
      for it. Otherwise 30 to 900 seconds, behind an application load balancer only.
    - `health_check.path`: what tells whether a target can serve. It need not know of deploys: a
      target is taken out by deregistering it, and not by failing its check on purpose.
    - `health_check.interval`: 5, the least. A target that comes back waits for its first check that
      passes, 30 seconds with AWS's default.
    - `health_check.timeout`: 4, as long as the interval allows, so that one slow answer is no
      failure.
    - `health_check.healthy_threshold`: 2, the least. A target that just came needs one check that
      passes; one that failed a check while it started needs this many: 10 seconds here, and 150 with
      AWS's defaults.
    - `health_check.unhealthy_threshold`: 2, the least, so that a bad release is out of service, and
      seen by `--bake`, after 10 seconds. More are for services that miss checks under load.
    - `health_check.matcher`: 200 alone, so that a redirect to a login page is no good health.
  EOT

  validation {
    condition     = contains(["HTTP", "HTTPS", "TCP", "TLS"], try(var.target_group.protocol, "HTTP"))
    error_message = "The protocol is HTTP, HTTPS, TCP or TLS."
  }

  validation {
    condition     = contains(["instance", "ip"], try(var.target_group.target_type, "instance"))
    error_message = "Targets are of type instance or ip: others cannot be drained."
  }

  validation {
    condition     = try(var.target_group.health_check.timeout < var.target_group.health_check.interval, true)
    error_message = "A check's timeout is shorter than its interval."
  }
}

locals {
  # A network load balancer's terms differ; it is told by its protocols.
  target_group_is_network = contains(["TCP", "TLS"], try(var.target_group.protocol, "HTTP"))
}

resource "aws_lb_target_group" "this" {
  count = var.target_group == null ? 0 : 1

  name                 = var.target_group.name
  vpc_id               = var.target_group.vpc_id
  port                 = var.target_group.port
  protocol             = var.target_group.protocol
  target_type          = var.target_group.target_type
  deregistration_delay = coalesce(var.target_group.deregistration_delay, local.target_group_is_network ? 120 : 30)
  slow_start           = local.target_group_is_network ? null : var.target_group.slow_start
  # A network load balancer lets connections live on past the delay unless it is told to close them,
  # and the deploy would cut them off instead.
  connection_termination = local.target_group_is_network ? true : null
  tags                   = merge(var.tags, local.target_group_tags)

  health_check {
    protocol            = contains(["HTTPS", "TLS"], var.target_group.protocol) ? "HTTPS" : "HTTP"
    path                = var.target_group.health_check.path
    matcher             = var.target_group.health_check.matcher
    interval            = var.target_group.health_check.interval
    timeout             = var.target_group.health_check.timeout
    healthy_threshold   = var.target_group.health_check.healthy_threshold
    unhealthy_threshold = var.target_group.health_check.unhealthy_threshold
  }
}

output "target_group_arn" {
  description = "The group that was made; null if there is none."
  value       = one(aws_lb_target_group.this[*].arn)
}
