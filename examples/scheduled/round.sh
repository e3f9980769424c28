#!/bin/sh
# One round by the clock: goes on with what an earlier one left, or else begins anew.
# round.sh GROUP [OPTION…] -- COMMAND…, the group by its name
set -eu
# The newest run of this group that can be gone on with; what others left is theirs.
left=$(elb-deploy runs --format json | jq --raw-output --arg group "$1" '
    def is_left: any(.commands[]; contains("elb-deploy resume "));
    [.runs[] | select(.groups == [$group] and is_left)][0].run // empty')
if [ -n "$left" ]; then
    exec elb-deploy resume "$left" --lock-wait 30m
fi
exec elb-deploy roll --lock-wait 30m "$@"
