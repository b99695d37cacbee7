# `make bench`. Included by the Makefile.

.PHONY: bench bench-quick
BENCH_BUILD = swift build --scratch-path $(BUILD_DIR) --configuration release

bench: setup-bench build ## measure everything side by side (10 min), into bench/results
	@$(BENCH_BUILD) --product FastCGIHello
	@exec bench/run --hello $(abspath $(BUILD_DIR))/release/FastCGIHello

bench-quick: setup-bench build ## the same with fewer and shorter runs (2 min)
	@$(BENCH_BUILD) --product FastCGIHello
	@exec bench/run --quick --hello $(abspath $(BUILD_DIR))/release/FastCGIHello

.PHONY: setup-bench
setup-bench: setup-run
	@bench/setup
