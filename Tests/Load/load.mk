# Tests under load: restarts, and more than the server can do. Included by the Makefile at the root.

.PHONY: test-load test-overload

test-load: setup-bench build .venv/installed ## tests of rolling restarts under load, with wrk
	@exec $(PYTHON) -m pytest Tests/Load/test_restarts.py

test-overload: setup-bench build .venv/installed ## 5000 connections at once, with wrk; LOCKER_WAVE_SECONDS for longer waves
	@exec $(PYTHON) -m pytest Tests/Load/test_overload.py

test: test-load test-overload
