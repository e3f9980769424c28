#!/bin/sh
# A container is stopped by its own name, so that never the wrong one is.
set -eu
cd "$(dirname "$0")"
exec elb-deploy flip web --self --ports 8081,8082 \
    --start './start.sh {color} {port}' \
    --stop 'docker stop shop-{color} || ! docker inspect shop-{color}' \
    --ready "http://${HOST:-127.0.0.1}:{port}/health" "$@"
