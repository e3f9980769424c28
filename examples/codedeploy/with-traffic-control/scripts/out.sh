#!/bin/sh
# Makes sure that CodeDeploy has taken this instance out, and that requests have settled, before it is stopped.
set -eu
metadata=${AWS_EC2_METADATA_SERVICE_ENDPOINT:-http://169.254.169.254}/latest
token=$(curl --silent --fail --request PUT --header 'X-aws-ec2-metadata-token-ttl-seconds: 60' "$metadata/api/token")
id=$(curl --silent --fail --header "X-aws-ec2-metadata-token: $token" "$metadata/meta-data/instance-id")
exec elb-deploy wait deregistered web "$id" --timeout 10m
