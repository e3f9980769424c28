#!/bin/sh
# Starts the release on a port and ends at once: elb-deploy waits until it serves.
set -eu
# What an earlier try has started may still boot.
./stop.sh "$1"
nohup java -jar shop.jar --server.port="$1" >"shop-$1.log" 2>&1 </dev/null &
echo $! >"shop-$1.pid"
