#!/bin/sh
# Makes the Debian package out of a release binary that is built already.
# deb.sh CARGO-DEB TARGET-FOLDER OUTPUT-FOLDER
set -eu
cargo_deb=$1
target=$2
out=$3
binary=$target/release/elb-deploy
assets=$target/release/assets

rm -rf "$assets"
mkdir -p "$assets/completions" "$out"
"$binary" man --dir "$assets/man"
gzip -9n "$assets/man/"*
"$binary" completions bash > "$assets/completions/elb-deploy"
"$binary" completions zsh > "$assets/completions/_elb-deploy"
"$binary" completions fish > "$assets/completions/elb-deploy.fish"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$cargo_deb" --quiet --fast --locked --no-build --no-strip --output "$work/package.deb" > /dev/null

# cargo-deb packs files only. The folder of the journals is for root alone, as the tool makes it.
dpkg-deb --raw-extract "$work/package.deb" "$work/root"
install -d -m 0755 "$work/root/etc/elb-deploy"
install -d -m 0700 "$work/root/var/lib/elb-deploy"
dpkg-deb --root-owner-group -Zxz --build "$work/root" "$out"
