#!/bin/sh
# Starts the release on a port and ends at once: elb-deploy waits until it serves.
# start.sh PORT JAR
set -eu
# What an earlier try has started may still boot.
./stop.sh "$1"
# A JVM reads its jar for as long as it runs. So each port has its own, and that is a new file each time.
cp "$2" "shop-$1.jar.new"
mv "shop-$1.jar.new" "shop-$1.jar"
# The process writes its own number down first, so that none runs of which nobody knows.
nohup sh -c 'echo $$ >"$0" && exec "$@"' "shop-$1.pid" \
    java -jar "shop-$1.jar" --server.port="$1" >"shop-$1.log" 2>&1 </dev/null &
until [ -s "shop-$1.pid" ]; do kill -0 $!; sleep 0.1; done
