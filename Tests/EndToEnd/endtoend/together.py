"""Several things at the same time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any, Callable, Sequence


def together(tasks: Sequence[Callable[[], Any]]) -> list[Any]:
    """Runs each task in a thread of its own. Their results, in order; what one of them raises is raised here, so that a
    failure in a thread is never lost."""
    with ThreadPoolExecutor(max_workers=len(tasks)) as pool:
        futures = [pool.submit(task) for task in tasks]
    return [future.result() for future in futures]
