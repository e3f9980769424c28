variable "target_group_arns" {
  type        = list(string)
  description = "The groups whose targets are restarted."
}

variable "ami_id" {
  type        = string
  description = "An image with elb-deploy, the Systems Manager agent and the restart script."
}

variable "subnet_id" {
  type        = string
  description = "A private subnet from which AWS's API and the targets can be reached."
}
