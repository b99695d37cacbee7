# Tests under load: restarts, and more than the server can do. Included by the Makefile at the root.

.PHONY: test-load

test-load: setup-bench build .venv/installed ## tests of restarts and of overload, with wrk
	@exec $(PYTHON) -m pytest Tests/Load

test: test-load
