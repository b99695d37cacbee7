# Tests of lockerctl against a database of their own. Included by the Makefile at the root.

.PHONY: build-lockerctl test-operations

# And a worker, for the tests that need a whole stand.
build-lockerctl:
	@swift build --scratch-path $(BUILD_DIR) --product lockerctl
	@swift build --scratch-path $(BUILD_DIR) --product FCGIApp

test-operations: binaries := $(abspath $(BUILD_DIR))/debug
test-operations: setup build-lockerctl .venv/installed ## tests of lockerctl: every command, and acts in the middle of a rush
	@LOCKERCTL_BINARY="$(binaries)/lockerctl" LOCKER_CTL_BINARY="$(binaries)/lockerctl" \
		LOCKER_WORKER_BINARY="$(binaries)/FCGIApp" exec $(PYTHON) -m pytest Tests/Operations

test: test-operations
