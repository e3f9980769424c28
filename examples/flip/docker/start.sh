#!/bin/sh
# Starts the release as the container of a color.
# start.sh COLOR PORT
set -eu
docker rm --force "shop-$1" >/dev/null 2>&1 || true
docker run --detach --name "shop-$1" --publish "$2:8080" "${IMAGE:-shop:latest}"
