# Stops the sample service of a target on a port, if it runs there.
# stop.sh ID PORT
set -eu
base=$STAGE/$1-$2
echo "stop $base" >>"$STAGE/told"
while [ -e "$STAGE/hold-stop" ]; do sleep 0.02; done
[ ! -e "$STAGE/no-stop" ] || { echo "it does not stop"; exit 3; }
[ -e "$base.pid" ] || exit 0
pid=$(cat "$base.pid")
kill "$pid" 2>/dev/null || true
# Where nobody reaps it, a process that has ended stays in the list.
while [ -e "/proc/$pid" ] && ! grep -q '^State:.Z' "/proc/$pid/status"; do sleep 0.02; done
rm "$base.pid"
