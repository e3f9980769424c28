#!/bin/sh
# Stops the container of a port. Where there is none, docker has to say so: one that does not answer has
# stopped nothing.
# stop.sh PORT
set -eu
running=$(docker ps --quiet --filter "name=^/shop-$1\$")
[ -z "$running" ] || docker stop "shop-$1"
