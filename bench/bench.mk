# `make bench`. Included by the Makefile.

.PHONY: bench bench-quick
BENCH_BUILD = swift build --scratch-path $(BUILD_DIR) --configuration release

bench: setup-bench build ## measure everything side by side (10 min), into bench/results
	@$(BENCH_BUILD) --product FastCGIHello
	@exec bench/run --hello $(abspath $(BUILD_DIR))/release/FastCGIHello

bench-quick: setup-bench build ## the same with fewer and shorter runs (2 min)
	@$(BENCH_BUILD) --product FastCGIHello
	@exec bench/run --quick --hello $(abspath $(BUILD_DIR))/release/FastCGIHello

# BASE=<revision>, and what else bench/against is told: AGAINST="--history --only storm", "--slow-flush", "--quick".
AGAINST ?=

.PHONY: bench-against bench-against-base
bench-against: bench-against-base setup-bench build ## measure this tree beside another one, BASE=<revision> (5 min)
	@exec bench/against $(AGAINST) "$(BASE)"

bench-against-base:
	@git rev-parse --quiet --verify "$(BASE)^{commit}" >/dev/null || \
		{ echo "bench-against: BASE=<revision> is missing, or there is none of that name" >&2; exit 2; }

clean: clean-against

.PHONY: clean-against
clean-against:
	rm -rf -- .build-against

.PHONY: setup-bench
setup-bench: setup-run
	@bench/setup
