#!/bin/sh
# Stops the sample service on a port of one target of the demo, and ends when it is gone.
# stop.sh TARGET PORT
set -eu
pid_file=$DEMO/$1-$2.pid
[ -e "$pid_file" ] || exit 0
pid=$(cat "$pid_file")
kill "$pid" 2>/dev/null || true
# Where nobody reaps it, a process that has ended stays in the list.
while grep -qs '^State:.[^ZX]' "/proc/$pid/status"; do sleep 0.05; done
rm "$pid_file"
