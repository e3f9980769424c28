#!/bin/sh
# Starts the release as the service of a port.
# start.sh PORT JAR FOLDER
set -eu
# A JVM reads its jar for as long as it runs. So each port has its own, and that is a new file each time.
cp "$2" "$3/shop-$1.jar.new"
mv "$3/shop-$1.jar.new" "$3/shop-$1.jar"
# `restart`, so that a unit that is up already takes the new release.
systemctl restart "shop@$1"
