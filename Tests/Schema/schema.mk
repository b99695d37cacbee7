# Tests of the schema's two kinds of files: history (migrations/) and code (sql/). Included by the Makefile at the root.

.PHONY: schema test-schema

schema: ## write docs/schema.sql anew
	@stand/with-postgres stand/schema >docs/schema.sql.new || { rm -f docs/schema.sql.new; exit 1; }
	@mv docs/schema.sql.new docs/schema.sql

test-schema: .venv/installed ## tests of how history and code are deployed
	@exec stand/with-postgres $(PYTHON) -m pytest Tests/Schema

test-db: test-schema
