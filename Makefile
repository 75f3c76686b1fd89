# Two commands matter: `make demo` and `make test`. Both need only cargo and Python 3.11 or newer.

PYTHON ?= python3
PYTEST_ARGS ?=
BENCH_ARGS ?=
JOIN_ARGS ?=
SOURCES_ARGS ?=
ROWS_ARGS ?=
BATCHES_ARGS ?=
WRITER_ARGS ?=
TABLE_ARGS ?=
SHARDS_ARGS ?=
LEARNERS_ARGS ?=

VENV := .venv
BIN := $(VENV)/bin
WHEELS := target/wheels
TOOLS := target/tools/bin
POISON := target/poison
# Each system that there are wheels for, and what maturin is told about its name.
SYSTEMS := x86_64-unknown-linux-gnu aarch64-unknown-linux-gnu x86_64-unknown-linux-musl \
	aarch64-unknown-linux-musl aarch64-apple-darwin x86_64-apple-darwin x86_64-pc-windows-gnu
COMPATIBLE_linux-gnu := --compatibility manylinux_2_17
COMPATIBLE_linux-musl := --compatibility musllinux_1_2
# `release` is what is given away; `everywhere` shows in less time that all of them build.
WHEEL_PROFILE ?= everywhere
# How long each fuzz target runs.
FUZZ_SECONDS ?= 120

# A folder changes when a file in it appears or disappears, so folders count as sources too.
SOURCES := $(shell find src python -name __pycache__ -prune -o \
	\( -type d -o -name '*.rs' -o -name '*.py' -o -name '*.pyi' -o -name py.typed \) -print) \
	$(wildcard Cargo.toml Cargo.lock pyproject.toml README.md LICENSE)

export PIP_DISABLE_PIP_VERSION_CHECK := 1
# pyo3 asks this interpreter how to link, so it must be the one that the wheel is for.
export PYO3_PYTHON := $(abspath $(BIN)/python)

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help venv build demo bench bench-before bench-import bench-rows bench-sources bench-batches bench-shards bench-columns bench-writer \
	learners learner-curves \
	bench-kernels bench-join bench-join-sizes test notebooks docs docs-shots docs-links \
	rust-tests cluster everywhere check-everywhere test-aarch64 trust trust-files trust-faults trust-fuzz trust-sanitize trust-panics trust-audit lint fmt clean cargo nightly

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

venv: $(VENV)/.tools ## Make .venv with what the build and the demo need

build: $(VENV)/.built ## Build the release wheel and install it into .venv

demo: build ## Write a data set, load it three ways, train on it, compare time and memory
	$(BIN)/python benchmarks/demo.py

bench: build $(VENV)/.bench ## Measure time and memory against peers; BENCH_ARGS=--quick for a short run
	$(BIN)/python benchmarks/bench.py $(BENCH_ARGS)

bench-before: build ## Time this build against BASE=<revision>; BENCH_ARGS="--most 1.02" sets a limit
	$(BIN)/python benchmarks/regression.py $(BENCH_ARGS) -- $(BASE)

bench-import: build ## Time `import onecopy` against BASE=<revision>; BENCH_ARGS="--most 1.02" sets a limit
	$(BIN)/python benchmarks/imports.py $(BASE) $(BENCH_ARGS)

bench-rows: build $(VENV)/.bench ## Measure filters, splits, orders, groups and keys; ROWS_ARGS=--quick for a short run
	$(BIN)/python benchmarks/bench_rows.py $(ROWS_ARGS)

bench-batches: build $(VENV)/.batches ## Measure batches, serving and learners without a matrix; BATCHES_ARGS=--quick
	$(BIN)/python benchmarks/bench_batches.py $(BATCHES_ARGS)

bench-shards: build $(VENV)/.bench ## Measure loads that are divided among processes; SHARDS_ARGS="--gigabytes 1" for less
	$(BIN)/python benchmarks/bench_shards.py $(SHARDS_ARGS)

bench-columns: build $(VENV)/.bench ## Measure texts and times beside others; COLUMNS_ARGS=--quick for a short run
	$(BIN)/python benchmarks/bench_columns.py $(COLUMNS_ARGS)

bench-sources: build $(VENV)/.bench ## Measure sources that are no local files; SOURCES_ARGS chooses some
	$(BIN)/python benchmarks/bench_sources.py $(SOURCES_ARGS)

bench-writer: build $(VENV)/.bench ## Measure batches written to files that grow, beside others; WRITER_ARGS and TABLE_ARGS="--rounds 1"
	$(BIN)/python benchmarks/bench_writer.py --picture target/writer.png $(WRITER_ARGS)
	$(BIN)/python benchmarks/bench_table.py $(TABLE_ARGS)

learners: build $(VENV)/.learners ## Hold the memory of each learner against its formula; LEARNERS_ARGS="--rows 100000" for less
	$(BIN)/python benchmarks/learners.py $(LEARNERS_ARGS)
	$(BIN)/python -m pytest tests/api/test_learners.py tests/api/test_examples.py

learner-curves: build $(VENV)/.learners ## Draw memory over time of load and fit, beside pandas and Polars
	$(BIN)/python benchmarks/learner_curves.py $(LEARNERS_ARGS)

bench-kernels: | cargo ## Measure the kernels alone; BENCH_ARGS names some of them
	cargo bench --bench kernels -- $(BENCH_ARGS)

bench-join: build ## Join 667 feature files in several ways, compare time and memory
	$(BIN)/python -m pip install --quiet polars duckdb
	$(BIN)/python benchmarks/join.py $(JOIN_ARGS)

bench-join-sizes: build ## Measure what a join costs per value as tables, rows and columns grow
	$(BIN)/python benchmarks/join_sizes.py

test: lint build rust-tests ## Run every check and every test; with --jobs=2 it builds and checks together
# Values may be compared side by side; what looks at time and memory runs alone. 5: none was chosen.
	$(BIN)/python -m pytest -n auto --dist loadfile -m "not alone" $(PYTEST_ARGS) || [ $$? = 5 ]
	$(BIN)/python -m pytest -m alone $(PYTEST_ARGS) || [ $$? = 5 ]

# Behind the checks, which take the same folder of builds.
rust-tests: lint | cargo
	cargo test --features tables

cluster: build $(VENV)/.cluster ## Load in Ray, under MPI and in Spark (needs Java): the programs of the guide
	$(BIN)/python -m pytest tests/cluster tests/api/test_dask.py

notebooks: build $(VENV)/.notebooks ## Run the notebooks in examples and save them with their outputs
	$(BIN)/python examples/execute.py

everywhere: $(addprefix everywhere-,$(SYSTEMS)) ## Build a wheel for each system, from Linux, into target/everywhere
	$(BIN)/python packaging/denser.py target/everywhere/*.whl
	@ls -l target/everywhere

check-everywhere: $(addprefix check-,$(SYSTEMS)) ## Compile for each system with warnings as errors

# zig is compiler and linker. There is no interpreter of theirs to ask.
everywhere-%: $(VENV)/.systems | cargo
	rustup target add $*
	env -u PYO3_PYTHON PATH="$(abspath $(BIN)):$$PATH" $(BIN)/maturin build --profile $(WHEEL_PROFILE) --zig \
		--target $* $(COMPATIBLE_$(lastword $(subst unknown-, ,$*))) --compression-level 9 --out target/everywhere

# zig has the libraries of macOS, but not its frameworks: the names of one that `chrono` wants are written down.
everywhere-aarch64-apple-darwin everywhere-x86_64-apple-darwin: export RUSTFLAGS := -Clink-arg=-F$(abspath packaging/macos)

# maturin asks the linker for a name with a dot in it, which no function has.
everywhere-x86_64-pc-windows-gnu: export CARGO_TARGET_X86_64_PC_WINDOWS_GNU_LINKER := x86_64-w64-mingw32-gcc
everywhere-x86_64-pc-windows-gnu: export RUSTFLAGS := -Clink-arg=-Wl,--defsym=PyInit_onecopy._native=PyInit__native
everywhere-x86_64-pc-windows-gnu: $(VENV)/.systems | cargo
	@command -v x86_64-w64-mingw32-gcc >/dev/null || { \
		echo "The linker for Windows is missing: apt-get install gcc-mingw-w64-x86-64" >&2; exit 1; }
	rustup target add x86_64-pc-windows-gnu
	env -u PYO3_PYTHON $(BIN)/maturin build --profile $(WHEEL_PROFILE) --target x86_64-pc-windows-gnu \
		--compression-level 9 --out target/everywhere

check-%: $(VENV)/.systems | cargo
	rustup target add $*
	env -u PYO3_PYTHON PATH="$(abspath $(BIN)):$$PATH" PYO3_NO_PYTHON=1 cargo-zigbuild clippy \
		--target $* --features python,tables --lib -- -D warnings

test-aarch64: export CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUNNER := qemu-aarch64-static -L /usr/aarch64-linux-gnu
test-aarch64: $(VENV)/.systems | cargo ## Run the Rust tests for aarch64 in an emulator; RUST_TESTS=parquet chooses some
	@command -v qemu-aarch64-static >/dev/null && test -d /usr/aarch64-linux-gnu/lib || { \
		echo "The emulator is missing: apt-get install qemu-user-static libc6-arm64-cross libgcc-s1-arm64-cross" >&2; exit 1; }
	rustup target add aarch64-unknown-linux-gnu
	PATH="$(abspath $(BIN)):$$PATH" cargo-zigbuild test --target aarch64-unknown-linux-gnu --features tables --lib \
		--test onecopy -- $(RUST_TESTS)

docs: build $(VENV)/.docs ## Build the site into target/site; a warning is an error
	$(BIN)/python -m sphinx -W --keep-going -q -b html docs target/site
	@echo "target/site/index.html"

docs-shots: docs $(VENV)/.docs ## Screenshots of all pages and cards, with checks of width and accessibility (needs chromium)
	$(BIN)/python -m pip install --quiet --group shots
	$(BIN)/python docs/shots.py target/site target/shots

docs-links: docs ## Check the links to other sites
	$(BIN)/python -m sphinx -q -b linkcheck docs target/links

trust: trust-files trust-faults trust-fuzz trust-sanitize trust-panics trust-audit ## What takes long: all of these

trust-files: build $(VENV)/.dev ## Hostile files, files cut at every byte, turned bits; what the checks cost
	$(BIN)/python -m pytest -s tests/trust/test_hostile.py
	ONECOPY_SWEEPS=whole $(BIN)/python -m pytest -s tests/trust/test_truncation.py
	$(BIN)/python benchmarks/checks.py

trust-faults: export ONECOPY_WHOLE := 1
trust-faults: build $(VENV)/.dev ## Kills, full disks, changing inputs, crowds, budgets (root and strace help)
	cargo test --release --test allocations -- --nocapture
	$(BIN)/python -m pytest -s tests/trust/test_crashes.py
	$(BIN)/python -m pytest -s tests/trust/test_writer_faults.py
	$(BIN)/python -m pytest -s tests/trust/test_remote_faults.py
	$(BIN)/python -m pytest -s tests/trust/test_full_disk.py
	$(BIN)/python -m pytest -s tests/trust/test_changing_inputs.py
	$(BIN)/python -m pytest -s tests/trust/test_concurrency.py
	$(BIN)/python -m pytest -s tests/trust/test_interrupt.py
	$(BIN)/python -m pytest -s tests/trust/test_budgets.py

trust-fuzz: $(VENV)/.dev $(TOOLS)/cargo-fuzz | nightly ## Fuzz each target for FUZZ_SECONDS=120
	$(BIN)/python tests/fuzz/seeds.py
	$(BIN)/python tests/fuzz/campaign.py footer --seconds $(FUZZ_SECONDS) --no-record
	$(BIN)/python tests/fuzz/campaign.py pages --seconds $(FUZZ_SECONDS) --no-record
	$(BIN)/python tests/fuzz/campaign.py file --seconds $(FUZZ_SECONDS) --no-record

trust-sanitize: $(VENV)/.dev | nightly ## Decoders under the address sanitizer, valgrind and Miri
	$(BIN)/python tests/fuzz/seeds.py
	$(BIN)/python tests/fuzz/sanitize.py

trust-panics: $(VENV)/.dev | cargo ## Panics made on demand: none gets out of the core
	cargo build --lib --features python,tables,pyo3/extension-module,poison --target-dir $(POISON)
	ONECOPY_POISONED=$(abspath $(POISON))/debug/libonecopy.so $(BIN)/python -m pytest tests/trust/test_panics.py

trust-audit: $(TOOLS)/cargo-deny $(TOOLS)/cargo-audit | cargo ## Licences, sources and advisories; needs the RustSec database
	$(TOOLS)/cargo-deny check bans licenses sources
	$(TOOLS)/cargo-deny check advisories
	$(TOOLS)/cargo-audit audit --deny warnings

$(TOOLS)/cargo-%: | cargo
	cargo install --locked --root target/tools cargo-$*

lint: $(VENV)/.dev | cargo ## Check format, lints and types
	cargo fmt --check
	cargo clippy --all-targets -- -D warnings
	cargo clippy --all-targets --features python,tables -- -D warnings
	cargo check --quiet --locked --manifest-path tests/fuzz/Cargo.toml --target-dir target/fuzz/check --bins --examples
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy --strict python/onecopy

fmt: $(VENV)/.dev | cargo ## Format Rust and Python
	cargo fmt
	$(BIN)/ruff format
	$(BIN)/ruff check --fix

clean: ## Remove everything that was built, downloaded or written here
	rm -rf target dist demo-data bench-data join-data $(VENV) .hypothesis .pytest_cache .mypy_cache .ruff_cache

cargo:
	@command -v cargo >/dev/null || { \
		echo "onecopy needs Rust: cargo is not on the PATH (https://rustup.rs installs it)." >&2; exit 1; }

nightly: cargo
	@cargo +nightly --version >/dev/null 2>&1 || { \
		echo "Fuzzing and sanitizers need a nightly compiler:" >&2; \
		echo "rustup toolchain install nightly --component miri,rust-src" >&2; exit 1; }

$(VENV)/.created:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "onecopy needs Python 3.11 or newer, and '$(PYTHON)' is not." >&2; \
		echo "Name another one: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { \
		echo "'$(PYTHON) -m venv' failed; Debian and Ubuntu keep it in the package python3-venv." >&2; \
		exit 1; }
	$(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1'
	@touch $@

$(VENV)/.tools: $(VENV)/.created
	$(BIN)/python -m pip install --quiet 'maturin>=1.14,<2' deflate numpy pyarrow pandas scikit-learn
	@touch $@

$(VENV)/.dev: $(VENV)/.tools pyproject.toml
	$(BIN)/python -m pip install --quiet --group dev
	@touch $@

$(VENV)/.systems: $(VENV)/.tools pyproject.toml
	$(BIN)/python -m pip install --quiet --group systems
	@touch $@

$(VENV)/.bench: $(VENV)/.tools pyproject.toml
	$(BIN)/python -m pip install --quiet --group bench
	@touch $@

$(VENV)/.docs: $(VENV)/.tools pyproject.toml
	$(BIN)/python -m pip install --quiet --group docs
	@touch $@

$(VENV)/.cluster: $(VENV)/.tools pyproject.toml
	$(BIN)/python -m pip install --quiet --group cluster
	@touch $@

$(VENV)/.learners: $(VENV)/.tools pyproject.toml
	$(BIN)/python -m pip install --quiet --group learners
	@touch $@

$(VENV)/.notebooks: $(VENV)/.tools pyproject.toml
	$(BIN)/python -m pip install --quiet --group notebooks
	@touch $@

$(VENV)/.batches: $(VENV)/.tools pyproject.toml
	$(BIN)/python -m pip install --quiet --group batches
	@touch $@

$(VENV)/.built: $(VENV)/.tools $(SOURCES) | cargo
	rm -f $(WHEELS)/onecopy-*.whl
	$(BIN)/maturin build --release --interpreter $(BIN)/python --compression-level 9 --out $(WHEELS)
	$(BIN)/python packaging/denser.py $(WHEELS)/onecopy-*.whl
	$(BIN)/python -m pip install --quiet --force-reinstall --no-deps $(WHEELS)/onecopy-*.whl
	@touch $@
