# Storms with faults in the middle, and storms without a guard. Included by the Makefile at the root.

.PHONY: test-fault fault

test-fault: build .venv/installed ## storms while something dies, judged; the short form
	@exec $(PYTHON) -m pytest Tests/Fault

fault: export LOCKER_FAULT_SECONDS ?= 60
fault: build .venv/installed ## the same at length (LOCKER_FAULT_SECONDS for each fault)
	@exec $(PYTHON) -m pytest Tests/Fault

test: test-fault
