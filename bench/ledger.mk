# What the ledger costs. Included by the Makefile.

.PHONY: bench-ledger
bench-ledger: setup-bench ## what the ledger costs, on a database of its own that flushes
	@LOCKER_POSTGRES_DURABLE=yes exec stand/with-postgres bench/ledger.sh
