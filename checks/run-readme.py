"""Runs what README.md says under "On AWS", as written, but for the lines that say themselves that they need an account."""

import pathlib
import re
import subprocess
import sys

NEEDS = "# needs an account"


def commands(readme):
    section = readme.partition("\n## On AWS\n")[2].partition("\n## ")[0]
    blocks = re.findall(r"^```sh\n(.*?)^```", section, re.MULTILINE | re.DOTALL)
    return [line for line in "".join(blocks).splitlines() if line and not line.rstrip().endswith(NEEDS)]


if __name__ == "__main__":
    found = commands(pathlib.Path("README.md").read_text(encoding="utf-8"))
    if not found:
        sys.exit("README.md has no commands under \"On AWS\" that need no account")
    for command in found:
        print(f"== README: {command}", flush=True)
        subprocess.run(["bash", "-euo", "pipefail", "-c", command], check=True)
