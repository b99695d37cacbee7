"""docs/openapi.yaml as JSON. Usage: openapi_json.py SOURCE TARGET"""

import json
import os
import sys
from pathlib import Path

import yaml


def main(source: str, target: str) -> None:
    description = yaml.safe_load(Path(source).read_text(encoding="utf-8"))
    # Written beside it and renamed: nginx never serves half a file.
    unfinished = Path(f"{target}.new")
    unfinished.write_text(json.dumps(description, ensure_ascii=False, indent=1), encoding="utf-8")
    os.replace(unfinished, target)


if __name__ == "__main__":
    main(*sys.argv[1:])
