# Replaces the sample service of a target by one with other options, and ends when it listens.
# deploy.sh TARGET PORT [OPTION...]
set -eu
base=$STAGE/$1-$2
address=$(cat "$STAGE/$1.address"):$2
shift 2
old=$(cat "$base.pid")
kill "$old"
while kill -0 "$old" 2>/dev/null; do sleep 0.02; done
"$TOOL" lab app --listen "$address" --ready-file "$base.ready" "$@" >"$base.log" 2>&1 &
echo $! >"$base.pid"
until [ -e "$base.ready" ]; do
    kill -0 $! || { cat "$base.log"; exit 1; }
    sleep 0.02
done
echo "replaced $old, listens on $address"
