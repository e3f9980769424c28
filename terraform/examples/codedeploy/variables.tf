variable "target_group_arns" {
  type        = list(string)
  description = "All groups that the instances are registered in: a drain takes them out of each."
}

variable "revisions_bucket" {
  type        = string
  description = "The name of the S3 bucket from which the CodeDeploy agent fetches revisions."
}
