#!/bin/sh
# Deploys the image that IMAGE names.
set -eu
cd "$(dirname "$0")"
exec elb-deploy flip web --self --ports 8081,8082 \
    --start "IMAGE='${IMAGE:-shop:latest}' docker compose --project-name shop-{port} up --detach" \
    --stop 'docker compose --project-name shop-{port} down' \
    --ready-command './ready.sh "$ELB_DEPLOY_PORT"' "$@"
