#!/usr/bin/env python3
"""Refuses a path in ARCHITECTURE.md, CONTRIBUTING.md or README.md that leads nowhere: `checks/paths.py`.

A path is written from the top of the repository, or from any folder in it: `domain/apply` is `shared/domain/src/apply`."""
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
PAGES = ["ARCHITECTURE.md", "CONTRIBUTING.md", "README.md"]
# Made by the build.
MADE = ("target/",)


def main():
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    known = set(listed) | {str(folder) for file in listed for folder in pathlib.Path(file).parents}
    # A crate's name stands for its sources.
    known |= {path.replace("/src/", "/", 1) for path in known if "/src/" in path}
    faults = []
    for page in PAGES:
        for path in re.findall(r"`([\w./-]+/[\w./-]*|\w[\w-]*\.(?:rs|py|sh|toml|yaml))`", (ROOT / page).read_text()):
            end = path.rstrip("/")
            if not path.startswith(MADE) and not any(one == end or one.endswith(f"/{end}") for one in known):
                faults.append(f"{page}: `{path}` leads nowhere")
    for fault in faults:
        print(fault, file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
