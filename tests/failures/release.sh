# Replaces the sample service of a target by one with other options. It does not wait for it, as
# `systemctl restart` does not. Without options, what stood there is stopped and nothing follows.
# release.sh ADDRESS PORT [OPTION...]
set -eu
base=$STAGE/$1-$2
listen=$1:$2
shift 2
old=$(cat "$base.pid")
# Nobody may be there to take note of its end: a zombie has ended.
is_there() { [ -d "/proc/$old" ] && ! grep -q '^State:.Z' "/proc/$old/status" 2>/dev/null; }
kill "$old" 2>/dev/null || true
while is_there; do sleep 0.02; done
[ $# -gt 0 ] || exit 0
"$TOOL" lab app --listen "$listen" "$@" >"$base.log" 2>&1 &
echo $! >"$base.pid"
