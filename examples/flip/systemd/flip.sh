#!/bin/sh
# `systemctl restart`, so that a unit that is up already takes the new release.
set -eu
exec elb-deploy flip web --self --ports 8081,8082 \
    --start 'systemctl restart shop@{color}' --stop 'systemctl stop shop@{color}' \
    --ready "http://${HOST:-127.0.0.1}:{port}/health" "$@"
