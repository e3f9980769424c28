#!/bin/sh
# Once: from nginx on port 8080, which forwards to 8081 now, to the application itself on port 8082.
# nginx and the old release are left running; both are yours to stop when nothing goes there any more.
set -eu
cd "$(dirname "$0")/../nohup"
exec elb-deploy flip web --self --ports 8082,8081 --from 8080 --keep-old \
    --start "./start.sh {port} '${JAR:-shop.jar}'" --stop './stop.sh {port}' \
    --ready "http://${HOST:-127.0.0.1}:{port}/health" "$@"
