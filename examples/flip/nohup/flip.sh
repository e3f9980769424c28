#!/bin/sh
# Deploys the jar that JAR names. This folder is the same for all releases: the process ids are in it.
set -eu
cd "$(dirname "$0")"
exec elb-deploy flip web --self --ports 8081,8082 \
    --start "./start.sh {port} '${JAR:-shop.jar}'" --stop './stop.sh {port}' \
    --ready "http://${HOST:-127.0.0.1}:{port}/health" "$@"
