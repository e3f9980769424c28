#!/bin/sh
# Deploys the image that IMAGE names.
set -eu
cd "$(dirname "$0")"
exec elb-deploy flip web --self --ports 8081,8082 \
    --start "./start.sh {port} '${IMAGE:-shop:latest}'" --stop './stop.sh {port}' \
    --ready "http://${HOST:-127.0.0.1}:{port}/health" "$@"
