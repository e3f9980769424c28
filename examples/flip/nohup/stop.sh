#!/bin/sh
# Stops the release on a port and waits until it is gone. Nothing there is no failure.
# stop.sh PORT
set -eu
[ -e "shop-$1.pid" ] || exit 0
pid=$(cat "shop-$1.pid")

# After a reboot the number can be another process's: one that was not told this very port.
runs() {
    grep -qs '^State:.[^ZX]' "/proc/$pid/status" || return 1
    { tr '\0' '\n' <"/proc/$pid/cmdline"; } 2>/dev/null | grep -qxe "--server.port=$1"
}

# It may end by itself in between.
if runs "$1"; then kill "$pid" || true; fi
tries=300
while runs "$1"; do
    tries=$((tries - 1))
    [ "$tries" -gt 0 ] || { echo "process $pid does not stop"; exit 1; }
    sleep 0.1
done
rm -f "shop-$1.pid"
