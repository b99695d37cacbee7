# Tests of lockerctl against a database of their own. Included by the Makefile at the root.

.PHONY: build-lockerctl test-operations

build-lockerctl:
	@exec swift build --scratch-path $(BUILD_DIR) --product lockerctl

test-operations: build-lockerctl .venv/installed ## tests of lockerctl: every command, and acts in the middle of a rush
	@LOCKERCTL_BINARY="$(abspath $(BUILD_DIR))/debug/lockerctl" exec $(PYTHON) -m pytest Tests/Operations

test: test-operations
