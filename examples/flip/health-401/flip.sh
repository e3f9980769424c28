#!/bin/sh
# The health path asks for a login. That it says so is the sign of life that there is; 404 or 500 is none.
set -eu
cd "$(dirname "$0")/../nohup"
exec elb-deploy flip web --self --ports 8081,8082 \
    --start "./start.sh {port} '${JAR:-shop.jar}'" --stop './stop.sh {port}' \
    --ready "http://${HOST:-127.0.0.1}:{port}/health" --ready-status 401 "$@"
