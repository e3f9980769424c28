#!/bin/sh
# A round under cron: a little later than the others, and with somebody told.
# cron.sh GROUP [OPTION…] -- COMMAND…
set -eu
cd "$(dirname "$0")"
sleep "$(shuf --input-range "0-${JITTER:-900}" --head-count 1)"
MONITOR_EXIT_STATUS=0 MONITOR_UNIT=${0##*/}
export MONITOR_EXIT_STATUS MONITOR_UNIT
./round.sh "$@" || MONITOR_EXIT_STATUS=$?
./alert.sh
exit "$MONITOR_EXIT_STATUS"
