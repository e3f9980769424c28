# Starts the sample service of a target on a port, and ends at once.
# start.sh ID PORT [OPTION...]
set -eu
address=$(cat "$STAGE/$1.address"):$2
base=$STAGE/$1-$2
shift 2
echo "start $base" >>"$STAGE/told"
"$TOOL" lab app --listen "$address" "$@" >"$base.log" 2>&1 </dev/null &
echo $! >"$base.pid"
