"""The parts of `make bench`: Debian's Python and nothing else."""
