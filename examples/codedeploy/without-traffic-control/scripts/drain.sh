#!/bin/sh
# Takes this instance out of every target group that it is in, and waits until it really is drained.
# What is out already is no error, so that it goes on after a deploy that died.
set -eu
exec elb-deploy drain --self --lock-wait 5m --within 10m \
    --reason "CodeDeploy $DEPLOYMENT_ID of $APPLICATION_NAME"
