# CodeDeploy without its own traffic control: it is told of no load balancer, so that nothing but
# the hooks takes an instance out, and the hooks wait as long as it really takes.

data "aws_iam_policy_document" "codedeploy" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["codedeploy.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "codedeploy" {
  name               = "shop-codedeploy"
  assume_role_policy = data.aws_iam_policy_document.codedeploy.json
}

resource "aws_iam_role_policy_attachment" "codedeploy" {
  role       = aws_iam_role.codedeploy.name
  policy_arn = "arn:${data.aws_partition.current.partition}:iam::aws:policy/service-role/AWSCodeDeployRole"
}

resource "aws_codedeploy_app" "shop" {
  name             = "shop"
  compute_platform = "Server"
}

resource "aws_codedeploy_deployment_group" "shop" {
  app_name              = aws_codedeploy_app.shop.name
  deployment_group_name = "production"
  service_role_arn      = aws_iam_role.codedeploy.arn

  # The hooks hold the floor on what the load balancer tells. Several that drain in the same moment
  # do not know of each other yet, one at a time always do.
  deployment_config_name = "CodeDeployDefault.OneAtATime"

  deployment_style {
    deployment_type   = "IN_PLACE"
    deployment_option = "WITHOUT_TRAFFIC_CONTROL"
  }

  ec2_tag_set {
    ec2_tag_filter {
      type  = "KEY_AND_VALUE"
      key   = "Service"
      value = "shop"
    }
  }

  auto_rollback_configuration {
    enabled = true
    events  = ["DEPLOYMENT_FAILURE"]
  }
}
