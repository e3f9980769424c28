# What everything here is called, and where it is.

variable "name" {
  type        = string
  default     = "elb-deploy"
  description = <<-EOT
    What every name begins with. IAM names are the account's and not the region's: take another
    one for each service, stage and region that has its own permissions.
  EOT

  validation {
    condition     = can(regex("^[A-Za-z0-9-]{1,40}$", var.name))
    error_message = "The name is 1 to 40 letters, digits and hyphens."
  }
}

variable "tags" {
  type        = map(string)
  default     = {}
  description = "Tags of everything that is made here."
}

data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_region" "current" {}
