"""Another revision of this repository, exported and built beside it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from .site import REPOSITORY

WORKER = Path(".build/release/FCGIApp")


def git(*arguments: str) -> str:
    """What git says."""
    done = subprocess.run(["git", "-C", str(REPOSITORY), *arguments], capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"bench: git {arguments[0]}: {done.stderr.strip()}")
    return done.stdout.strip()


def here() -> str:
    """What this tree is called."""
    changed = git("status", "--porcelain", "--untracked-files=no")
    return git("rev-parse", "--short", "HEAD") + (" with changes" if changed else "")


def built(revision: str) -> tuple[str, Path]:
    """The revision's short name and its tree, with its worker in it. What was built before is taken as it is."""
    name = git("rev-parse", "--short", "--verify", f"{revision}^{{commit}}")
    tree = REPOSITORY / ".build-against" / name
    if not tree.is_dir():
        # Under another name until it is whole.
        new = tree.with_suffix(".new")
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir(parents=True)
        with subprocess.Popen(["git", "-C", str(REPOSITORY), "archive", name], stdout=subprocess.PIPE) as archive:
            unpacked = subprocess.run(["tar", "-x", "-C", str(new)], stdin=archive.stdout)
        if archive.returncode or unpacked.returncode:
            raise SystemExit(f"bench: {name} could not be exported")
        # The same versions of what both depend on.
        if (REPOSITORY / "Package.resolved").exists() and not (new / "Package.resolved").exists():
            shutil.copy(REPOSITORY / "Package.resolved", new)
        new.rename(tree)
    if not (tree / WORKER).exists():
        print(f"bench: building {name}, once", file=sys.stderr)
        done = subprocess.run(
            ["swift", "build", "--package-path", str(tree), "--scratch-path", str(tree / ".build"),
             "--configuration", "release", "--product", "FCGIApp"],
            stdout=sys.stderr,
        )  # fmt: skip
        if done.returncode:
            raise SystemExit(f"bench: {name} could not be built")
    return name, tree
