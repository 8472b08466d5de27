#!/usr/bin/env python3
"""Runs the recipes: the commands of the pages in docs/use, and of the README's first minute, as a reader pastes them.

    checks/run-recipes.py [PAGE…]

Each page gets a local host of its own (target/debug/countersign --in-memory), an empty folder, and the variables GATE, ADMIN, AGENT and
APPROVER. The ```sh blocks of a page run in order in one shell, under `set -euo pipefail`.

- A block after a line such as "Save this as `policy.yaml`:" is written to that file.
- A ```text or ```json block after a ```sh block is what the commands print. `…` stands for anything, and so do ids, keys, digests, times
  and ports. A member "…" in a JSON object allows further members; a line `…` allows further lines.
- A block whose first line begins with `# Needs` or `# In another terminal` is not run: that line tells the reader why.
"""

import json
import os
import re
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PROGRAM = ROOT / "target/debug/countersign"
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs/use").glob("*.md"))]
# The only part of the README that is run here; `checks/run-readme.py` has another.
FIRST_MINUTE = "## The first minute"
NOT_RUN = ("# Needs ", "# In another terminal")
SAVED = re.compile(r"[Ss]ave (?:this|it) as `([\w.-]+)`")
AT_ONCE = 3
PATIENCE_S = 60
# What differs from run to run.
WILD = [
    (r"cwt_\d+_appr_[0-9a-z]+_[0-9a-z]+", "‹token›"),
    (r"csk_[0-9a-z]{30,}", "‹key›"),
    (r"\b(appr|ac|aca|key)_[0-9a-z]{20,}", "‹id›"),
    (r"sha256:[0-9a-f]{64}|\b[0-9a-f]{64}\b", "‹digest›"),
    (r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z", "‹time›"),
    (r"127\.0\.0\.1:\d+", "127.0.0.1:8787"),
]


@dataclass
class Block:
    """A fenced block of a page."""

    language: str
    line: int
    text: str
    before: str


@dataclass
class Step:
    """Commands that are run, the files that are there by then, and what the commands print."""

    commands: Block
    files: list[tuple[str, str]] = field(default_factory=list)
    shown: Block | None = None


def blocks(page):
    """The fenced blocks of a page, each with the last line of text before it."""
    found, before, lines = [], "", page.read_text(encoding="utf-8").splitlines()
    number = 0
    within = page.name != "README.md"
    while number < len(lines):
        line = lines[number]
        number += 1
        if line.startswith("## ") and page.name == "README.md":
            within = line == FIRST_MINUTE
        if fence := re.fullmatch(r"(\s*)```(\w*).*", line):
            begins, indent, inside = number + 1, len(fence[1]), []
            while number < len(lines) and lines[number].strip() != "```":
                inside.append(lines[number][indent:])
                number += 1
            number += 1
            if within:
                found.append(Block(fence[2], begins, "\n".join(inside) + "\n", before))
            before = ""
        elif line.strip():
            before = line
    return found


def steps(page):
    """What is run of a page, in order."""
    made, files, last = [], [], None
    for block in blocks(page):
        if saved := SAVED.search(block.before):
            files.append((saved[1], block.text))
            last = None
        elif block.language == "sh":
            last = None
            if not block.text.startswith(NOT_RUN):
                last = Step(block, files)
                made.append(last)
                files = []
        elif block.language in ("text", "json") and last is not None:
            last.shown, last = block, None
        else:
            last = None
    return made


def alike(text):
    """A text without what differs from run to run."""
    for pattern, name in WILD:
        text = re.sub(pattern, name, text)
    return text


def fits_text(shown, printed):
    """Whether what was printed is what is shown; `…` stands for anything in its line, and alone in a line for any lines."""
    parts = []
    for line in alike(shown).strip().splitlines():
        if line.strip() == "…":
            parts.append(r"(?:.*\n)*?")
        else:
            parts.append(".*?".join(re.escape(part) for part in line.rstrip().split("…")) + r"[ \t]*\n")
    return re.fullmatch("".join(parts), alike(printed).strip() + "\n") is not None


def fits_json(shown, printed):
    """Whether a value that was printed is the one shown."""
    if isinstance(shown, dict) and isinstance(printed, dict):
        named = {key: value for key, value in shown.items() if key != "…"}
        if not named.keys() <= printed.keys() or ("…" not in shown and named.keys() != printed.keys()):
            return False
        return all(fits_json(value, printed[key]) for key, value in named.items())
    if isinstance(shown, list) and isinstance(printed, list):
        return len(shown) == len(printed) and all(map(fits_json, shown, printed))
    if isinstance(shown, str) and "…" in shown and not isinstance(printed, (dict, list)):
        return fits_text(shown, str(printed)) or shown == "…"
    if isinstance(shown, str) and isinstance(printed, str):
        return alike(shown) == alike(printed)
    return type(shown) is type(printed) and shown == printed


def fits(shown, printed):
    if shown.language == "text":
        return fits_text(shown.text, printed)
    try:
        return fits_json(json.loads(shown.text), json.loads(printed))
    except json.JSONDecodeError:
        return False


class Host:
    """A local host of its own for a page."""

    def __init__(self, folder):
        quiet = {"RUST_LOG": "warn", **{name: value for name, value in os.environ.items() if not name.startswith("SLACK_")}}
        command = [PROGRAM, "--in-memory", "--port", "0", "--keys", "keys.json"]
        self.log = (folder / ".host.log").open("w")
        self.process = subprocess.Popen(command, cwd=folder, env=quiet, stdout=subprocess.PIPE, stderr=self.log, text=True)
        first = self.process.stdout.readline()
        found = re.search(r"http://127\.0\.0\.1:\d+", first)
        if not found:
            self.stop()
            raise RuntimeError(f"the local host does not start: {first}{(folder / '.host.log').read_text()}")
        self.url = found[0]
        self.keys = json.loads((folder / "keys.json").read_text())

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
        self.log.close()


def script(page, todo, url, mark):
    """One script of all steps, and the page's line of each of its lines."""
    lines, where = [], []

    def put(text, line):
        text = text.replace("127.0.0.1:8787", url.removeprefix("http://"))
        for offset, one in enumerate(text.splitlines()):
            lines.append(one)
            where.append(line + offset if line else 0)

    put("set -Eeuo pipefail", 0)
    put("trap 'echo \"$LINENO $BASH_COMMAND\" > .failed' ERR", 0)
    for number, step in enumerate(todo):
        for name, text in step.files:
            end = f"END_{mark}"
            put(f"cat > {name} <<'{end}'\n{text}{end}", 0)
        put(f"printf '%s\\n' '{mark}{number}'", 0)
        put(step.commands.text, step.commands.line)
    return "\n".join(lines) + "\n", where


def end_group(process):
    """Ends what the recipe left running in the background."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


def run_shell(folder, text, host):
    """Runs a script in bash; its status, or none where it did not end in time."""
    (folder / ".script").write_text(text)
    venv = ROOT / ".venv/bin"
    env = {
        **os.environ,
        "GATE": host.url,
        **{name.upper(): key for name, key in host.keys.items()},
        "PATH": f"{venv}:{os.environ['PATH']}" if venv.is_dir() else os.environ["PATH"],
    }
    with (folder / ".out").open("w") as out, (folder / ".err").open("w") as err:
        shell = subprocess.Popen(
            ["bash", ".script"], cwd=folder, env=env, stdin=subprocess.DEVNULL, stdout=out, stderr=err, start_new_session=True
        )
        try:
            return shell.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            return None
        finally:
            end_group(shell)


def command_that_failed(folder, text, where, todo, reached):
    """The page's line, and the command, at which the shell stopped."""
    said = (folder / ".err").read_text()
    failed, script_lines = folder / ".failed", text.splitlines()
    line, command = 0, ""
    if failed.exists():
        number, _, command = failed.read_text().strip().partition(" ")
        line = where[int(number) - 1]
    elif found := re.findall(r"\.script: line (\d+): ", said):
        line, command = where[int(found[-1]) - 1], script_lines[int(found[-1]) - 1]
    if not line:
        line = todo[max(reached, 0)].commands.line
    return line, command or todo[max(reached, 0)].commands.text.splitlines()[0]


def problem(page, line, command, expected, came):
    expected, came = (text.rstrip().replace("\n", "\n    ") for text in (expected, came))
    return f"{page.relative_to(ROOT)}:{line}: {command}\n  expected:\n    {expected}\n  came:\n    {came}"


def judge(page, folder, todo, status, text, where, mark):
    """What is wrong with a page that was run."""
    printed = (folder / ".out").read_text().split(mark)[1:]
    outputs = [part.partition("\n")[2] for part in printed]
    for number, (step, output) in enumerate(zip(todo, outputs)):
        ended = number + 1 < len(outputs) or status == 0
        if ended and step.shown and not fits(step.shown, output):
            command = step.commands.text.strip().splitlines()[-1]
            return problem(page, step.shown.line, command, step.shown.text, output or "nothing")
    if status != 0:
        line, command = command_that_failed(folder, text, where, todo, len(outputs) - 1)
        expected = "status 0" if status is not None else f"an end within {PATIENCE_S} s"
        came = f"status {status}" if status is not None else "none"
        said = (outputs[-1] if outputs else "") + (folder / ".err").read_text()
        return problem(page, line, command, expected, f"{came}\n{said}")
    return None


def run_page(page):
    """What is wrong with a page, how many blocks of it were run, and how long that took."""
    began, todo = time.monotonic(), steps(page)
    if not todo:
        return None, 0, 0.0
    with tempfile.TemporaryDirectory(prefix="recipe-") as name:
        folder = Path(name)
        host = Host(folder)
        try:
            mark = f"mark-{secrets.token_hex(8)}-"
            text, where = script(page, todo, host.url, mark)
            status = run_shell(folder, text, host)
            wrong = judge(page, folder, todo, status, text, where, mark)
        finally:
            host.stop()
    return wrong, len(todo), time.monotonic() - began


def main(chosen):
    if not PROGRAM.exists():
        sys.exit(f"{PROGRAM.relative_to(ROOT)} is missing: cargo build --workspace")
    pages = [Path(name).resolve() for name in chosen] or PAGES
    wrong, ran = [], 0
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for page, (fault, count, seconds) in zip(pages, pool.map(run_page, pages)):
            ran += count
            if fault:
                wrong.append(fault)
            if count and chosen:
                print(f"{page.relative_to(ROOT)}: {count} blocks in {seconds:.1f} s")
    print("\n\n".join(wrong) or f"{ran} blocks of {len(pages)} pages run as they stand")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
