#!/bin/sh
# Starts a version of the sample service on a port of one target of the demo, and ends at once.
# start.sh TARGET PORT VERSION
set -eu
target=$1 port=$2 version=$3
address=$(cat "$DEMO/$target.address")
nohup "$DEMO_TOOL" lab app --listen "$address:$port" --app-version "$version" --boot-time 1s \
    >"$DEMO/$target-$port.log" 2>&1 </dev/null &
echo $! >"$DEMO/$target-$port.pid"
