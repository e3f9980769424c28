#!/bin/sh
# Whether the container of a color is healthy by its own check.
# ready.sh COLOR
set -eu
id=$(docker compose --project-name "shop-$1" ps --quiet shop)
[ "$(docker inspect --format '{{.State.Health.Status}}' "$id")" = healthy ]
