# What the ledger costs, and plans that were made too early. Included by the Makefile.

.PHONY: bench-ledger
bench-ledger: setup-bench ## what the ledger costs, on a database of its own that flushes
	@LOCKER_POSTGRES_DURABLE=yes exec stand/with-postgres bench/ledger.sh

.PHONY: bench-plans
bench-plans: setup-bench ## what a rush is like on a fresh database, with and without the role's settings
	@exec stand/with-postgres bench/plans.sh
