#!/bin/sh
set -eu
cd "$(dirname "$0")"
exec elb-deploy flip web --self --ports 8081,8082 \
    --start 'docker compose --project-name shop-{color} up --detach' \
    --stop 'docker compose --project-name shop-{color} down' \
    --ready-command './ready.sh "$ELB_DEPLOY_COLOR"' "$@"
