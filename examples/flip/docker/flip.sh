#!/bin/sh
# A container is stopped by its own name, so that never the wrong one is.
set -eu
cd "$(dirname "$0")"
exec elb-deploy flip web --self --ports 8081,8082 \
    --start './start.sh {color} {port}' \
    --stop './stop.sh {color}' \
    --ready "http://${HOST:-127.0.0.1}:{port}/health" "$@"
