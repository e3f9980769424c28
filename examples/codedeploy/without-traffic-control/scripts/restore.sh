#!/bin/sh
# Puts back whatever is held out of this instance, also by a deploy that died, and waits until it serves.
set -eu
exec elb-deploy restore --self --lock-wait 5m --in-service-timeout 10m
