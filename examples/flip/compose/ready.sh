#!/bin/sh
# Whether the container of a port is healthy by its own check.
# ready.sh PORT
set -eu
id=$(docker compose --project-name "shop-$1" ps --quiet shop)
[ "$(docker inspect --format '{{.State.Health.Status}}' "$id")" = healthy ]
