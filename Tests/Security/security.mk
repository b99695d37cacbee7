# Tests of what an attacker would try, fuzzing, and the checks of TLS, nginx and the API's description. Included by the
# Makefile at the root.

.PHONY: test-security test-fuzz fuzz check-tls check-nginx schemathesis

FUZZ_SECONDS ?= 600

test-security: build .venv/installed ## tests of what an attacker would try
	@exec $(PYTHON) -m pytest Tests/Security

# A minute of fuzzing in all with its building: what was found once is found again by the seeds.
test-fuzz:
	@BUILD_DIR="$(abspath $(BUILD_DIR))" exec Tests/Security/fuzz/run 20

fuzz: ## fuzz the parsers for ten minutes (FUZZ_SECONDS)
	@BUILD_DIR="$(abspath $(BUILD_DIR))" exec Tests/Security/fuzz/run $(FUZZ_SECONDS)

check-tls: build .venv/installed ## TLS of a stand against Mozilla's intermediate profile (sslyze)
	@exec $(PYTHON) -m pytest Tests/Security/checks/tls.py

check-nginx: .venv/installed ## nginx's configuration as gixy sees it
	@exec Tests/Security/checks/nginx

schemathesis: build .venv/installed ## the API against its description, with and without authentication
	@exec $(PYTHON) -m pytest Tests/Security/checks/schema.py

test: test-security test-fuzz

# Every answer and every log of the end-to-end tests is searched for what belongs to other students.
test-e2e test-security: export PYTEST_PLUGINS := privacy_watch
test-e2e test-security: export PYTHONPATH := $(abspath Tests/Security):$(abspath Tests/EndToEnd)
