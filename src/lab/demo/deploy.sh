#!/bin/sh
# Deploys the sample service on one target of the demo: stops the old process, starts the new one,
# and ends when it serves. The demo runs it as: deploy.sh TARGET PORT VERSION
set -eu
target=$1 port=$2 version=$3
address=$(cat "$DEMO/$target.address")

if [ -f "$DEMO/$target-$port.pid" ]; then
    old=$(cat "$DEMO/$target-$port.pid")
    echo "stopping process $old"
    kill "$old" 2>/dev/null || true
    while kill -0 "$old" 2>/dev/null; do sleep 0.05; done
    rm "$DEMO/$target-$port.pid"
fi

ready=$DEMO/$target.ready
rm -f "$ready"
nohup "$DEMO_TOOL" lab app --listen "$address:$port" --app-version "$version" \
    --boot-time 1s --ready-file "$ready" >"$DEMO/$target.log" 2>&1 &
echo $! >"$DEMO/$target-$port.pid"
until [ -e "$ready" ]; do
    kill -0 $! || { cat "$DEMO/$target.log"; exit 1; }
    sleep 0.05
done
echo "$version serves on $address:$port"
