#!/bin/sh
# Starts the release and waits until it answers: what is put back before that fails its first check, and one
# failed check costs several passed ones. A release that dies ends this at once, one that hangs at the limit.
set -eu
systemctl start shop
until curl --silent --fail --output /dev/null "http://${HOST:-127.0.0.1}:8080/health"; do
    systemctl is-active --quiet shop || { echo 'the release has ended'; exit 1; }
    sleep 1
done
