# make demo   watch a rolling deploy on the embedded lab, no AWS account needed
# make test   every test, foreign clients included
# make bench  the waits of the release binary measured beside AWS's own, in about ten minutes
# make check  formatting, lints, docs, one HTTP and TLS stack

VENV := .venv
PINS := tests/foreign/requirements.txt

.PHONY: demo test bench check one-stack clean

demo:
	cargo run --release --locked --quiet -- lab demo $(DEMO)

test: $(VENV)/pins
	cargo test --locked

# What is measured is the binary as it is shipped. The bench itself only looks on, so that it is
# built as the tests are and shares their build.
bench: $(VENV)/pins
	cargo build --release --locked
	ELB_DEPLOY_BENCH_BINARY=$(abspath $(or $(CARGO_TARGET_DIR),target))/release/elb-deploy \
		cargo bench --locked --profile dev --bench waits -- $(BENCH)

# AWS's own tools drive the lab, and this tool drives moto: both come pinned from PyPI.
$(VENV)/pins: $(PINS)
	python3 -m venv $(VENV)
	$(VENV)/bin/pip install --quiet --disable-pip-version-check --requirement $(PINS)
	cp $(PINS) $@

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
	rm -rf $(VENV)
