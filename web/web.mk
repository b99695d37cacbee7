# The page, the API's documentation and their tests. Included by the Makefile at the root.

.PHONY: api-docs test-browser screenshots docs-images lint-openapi

api-docs: ## make the API's documentation: /docs/ and /api/v1/openapi.json
	@web/tools/build-api-docs

clean: clean-web

.PHONY: clean-web
clean-web:
	rm -rf -- web/docs/vendor web/docs/openapi.json screenshots

# The page that make run opens has a documentation to link to.
run: api-docs

test-browser: build api-docs .venv/installed ## tests in a real browser, and of the API's description
	@web/tools/setup-browser
	@exec $(PYTHON) -m pytest Tests/Browser

test: test-browser

screenshots: build api-docs .venv/installed ## pictures of every state of the page into screenshots/
	@web/tools/setup-browser
	@exec $(PYTHON) -m pytest Tests/Browser -m pictures

docs-images: build api-docs .venv/installed ## write the pictures of docs/images anew
	@web/tools/setup-browser
	@exec $(PYTHON) -m pytest Tests/Browser -m pictures --docs-images

lint-openapi: .venv/installed ## check docs/openapi.yaml
	@.venv/bin/openapi-spec-validator docs/openapi.yaml

lint: lint-openapi
