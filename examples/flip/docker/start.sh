#!/bin/sh
# Starts the release as the container of a port.
# start.sh PORT IMAGE
set -eu
docker rm --force "shop-$1" >/dev/null 2>&1 || true
docker run --detach --name "shop-$1" --publish "$1:8080" "$2"
