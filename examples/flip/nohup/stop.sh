#!/bin/sh
# Stops the release on a port and waits until it is gone. Nothing there is no failure.
set -eu
[ -e "shop-$1.pid" ] || exit 0
pid=$(cat "shop-$1.pid")

# After a reboot the number can be another process's.
runs() {
    grep -qs '^State:.[^ZX]' "/proc/$pid/status" && tr '\0' ' ' <"/proc/$pid/cmdline" | grep -q "$1"
}

if runs "$1"; then kill "$pid"; fi
tries=300
while runs "$1"; do
    tries=$((tries - 1))
    [ "$tries" -gt 0 ] || { echo "process $pid does not stop"; exit 1; }
    sleep 0.1
done
rm "shop-$1.pid"
