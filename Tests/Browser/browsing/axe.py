"""axe-core in the page: the accessibility faults that a machine can find."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe

from .visitor import Visitor

# WCAG 2.2 up to AA, and what axe's authors count as good practice.
_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def check(visitor: Visitor) -> None:
    """Fails with every fault, the element and what to do about it."""
    # What fades in has no contrast yet.
    visitor.rest()
    results = Axe().run(visitor.page, options={"runOnly": {"type": "tag", "values": _RULES}})
    faults = [
        f"{violation['id']}: {violation['help']}\n  " + "\n  ".join(node["html"][:160] for node in violation["nodes"][:5])
        for violation in results.response["violations"]
    ]
    assert not faults, "\n".join(faults)
    assert results.response["passes"], "axe has looked at nothing"
