#!/bin/sh
# Makes sure that this instance really serves, after its slow start too, before the next one is taken out.
set -eu
metadata=${AWS_EC2_METADATA_SERVICE_ENDPOINT:-http://169.254.169.254}/latest
token=$(curl --silent --fail --request PUT --header 'X-aws-ec2-metadata-token-ttl-seconds: 60' "$metadata/api/token")
id=$(curl --silent --fail --header "X-aws-ec2-metadata-token: $token" "$metadata/meta-data/instance-id")
exec elb-deploy wait in-service web "$id" --slow-start wait --timeout 10m
