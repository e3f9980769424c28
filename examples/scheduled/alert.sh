#!/bin/sh
# Tells somebody how a round ended: only what needs a person gets one out of bed.
# systemd says the exit code in MONITOR_EXIT_STATUS, cron.sh does likewise.
set -eu
case "$MONITOR_EXIT_STATUS" in
    0 | 7) exit 0 ;;
    3 | 6) severity=notice what='has not begun' ;;
    4 | 130 | 143) severity=warning what='stopped short, and nothing is out' ;;
    *) severity=crit what='stopped short, and targets may be out of service' ;;
esac
${ALERT:-logger} --priority "daemon.$severity" --tag "$MONITOR_UNIT" \
    "the round $what (exit code $MONITOR_EXIT_STATUS): see elb-deploy runs"
