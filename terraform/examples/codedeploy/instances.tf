# What the CodeDeploy agent on the instances needs besides: to fetch revisions.

data "aws_partition" "current" {}

data "aws_iam_policy_document" "revisions" {
  statement {
    actions   = ["s3:GetObject", "s3:GetObjectVersion"]
    resources = ["arn:${data.aws_partition.current.partition}:s3:::${var.revisions_bucket}/shop/*"]
  }
}

resource "aws_iam_role_policy" "revisions" {
  name   = "fetch-revisions"
  role   = module.elb_deploy.hook_role_name
  policy = data.aws_iam_policy_document.revisions.json
}
