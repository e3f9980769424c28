#!/bin/sh
# Deploys the jar that JAR names.
set -eu
cd "$(dirname "$0")"
exec elb-deploy flip web --self --ports 8081,8082 \
    --start "./start.sh {port} '${JAR:-shop.jar}' '${JARS:-/srv/shop}'" --stop 'systemctl stop shop@{port}' \
    --ready "http://${HOST:-127.0.0.1}:{port}/health" "$@"
