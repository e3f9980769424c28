#!/bin/sh
# Takes this instance out once enough others serve. A refusal (exit code 3) has changed nothing and is tried
# again for five minutes: another instance may just be out for its own deploy.
set -eu
tries=20
until elb-deploy drain --self --min-healthy 2 --lock-wait 5m --within 10m \
    --reason "CodeDeploy $DEPLOYMENT_ID of $APPLICATION_NAME"; do
    code=$?
    tries=$((tries - 1))
    [ "$code" -eq 3 ] && [ "$tries" -gt 0 ] || exit "$code"
    sleep 15
done
