# Packaging and its proof. Included by the Makefile at the root.

.PHONY: deb lint-deb lint-units test-deploy test-scaling

STATIC_DIR = $(BUILD_DIR)-static

deb: setup-run api-docs ## build the Debian package into dist/ (the Swift runtime inside, no Swift on the host)
	swift build --scratch-path $(STATIC_DIR) --configuration release --static-swift-stdlib --product FCGIApp
	swift build --scratch-path $(STATIC_DIR) --configuration release --static-swift-stdlib --product lockerctl
	@deploy/debian/need dpkg-dev binutils
	deploy/debian/build $(STATIC_DIR)/release

lint-deb: ## check the package in dist/ with lintian
	@deploy/debian/need lintian
	lintian --fail-on error --suppress-tags bad-distribution-in-changes-file dist/locker-server_*.deb

lint-units: ## check the systemd units, and that none is more exposed than 1.0
	@deploy/systemd/check

test-deploy: ## install, run, restart, upgrade and remove the package in a booted Debian (needs root)
	@Tests/Deploy/run

test-scaling: build .venv/installed ## a primary killed in a storm, a pooler in between: no yes is lost
	@deploy/debian/need pgbouncer
	@exec $(PYTHON) -m pytest Tests/Scaling

test: test-scaling

lint: lint-units
