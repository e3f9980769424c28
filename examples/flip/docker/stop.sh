#!/bin/sh
# Stops the container of a color. Where there is none, docker has to say so: one that does not answer has
# stopped nothing.
# stop.sh COLOR
set -eu
running=$(docker ps --quiet --filter "name=^/shop-$1\$")
[ -z "$running" ] || docker stop "shop-$1"
