# The controller: small, always on, and with a disk that keeps the journals from one restart to the
# next.

resource "aws_instance" "controller" {
  # checkov:skip=CKV_AWS_126:It works for minutes a week, and its journals tell what it did
  ami                  = var.ami_id
  instance_type        = "t4g.nano"
  subnet_id            = var.subnet_id
  iam_instance_profile = module.elb_deploy.controller_instance_profile_name
  ebs_optimized        = true

  metadata_options {
    http_tokens = "required"
  }

  root_block_device {
    encrypted = true
  }

  tags = {
    Name = "shop-controller"
  }
}
