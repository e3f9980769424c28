#!/bin/sh
# Stops what runs. On a first deploy there is no such service yet.
set -eu
systemctl stop shop || [ "$(systemctl show --property LoadState --value shop)" = not-found ]
