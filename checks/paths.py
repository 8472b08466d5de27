#!/usr/bin/env python3
"""Refuses a path or a link in the documents that leads nowhere: `checks/paths.py`.

- A path in ARCHITECTURE.md, CONTRIBUTING.md, README.md or docs/build is written from the top of the repository, or from any folder in it:
  `domain/apply` is `shared/domain/src/apply`.
- A relative link in any .md file leads to a file, and its #fragment to a heading there.
- Every page of docs links to docs/README.md, which lists every page.
- A path `docs/….md` in a source leads to a page.
- A function that a document names after its file, as in `decide.rs`, `approve`, is in a file of that name.
- A comment `INVARIANT 4:` has a number of the list in ARCHITECTURE.md, and every number of the list has such a comment.
"""

import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
PAGES = ("ARCHITECTURE.md", "CONTRIBUTING.md", "README.md", "docs/build/")
INDEX = "docs/README.md"
INVARIANTS = "ARCHITECTURE.md"
# Made by the build, or by readers.
MADE = ("target/",)
SOURCES = {".rs", ".py", ".toml", ".yaml", ".json", ".md", ""}
LINK = re.compile(r"\]\(([^)\s]+)\)")
FENCE = re.compile(r"^\s*```.*?^\s*```", re.MULTILINE | re.DOTALL)


def files():
    listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\n")
    return [name for name in names if name and (ROOT / name).is_file()]


def text(name):
    return (ROOT / name).read_text(encoding="utf-8")


def lost_paths(listed):
    known = set(listed) | {str(folder) for file in listed for folder in pathlib.Path(file).parents}
    # A crate's name stands for its sources.
    known |= {path.replace("/src/", "/", 1) for path in known if "/src/" in path}
    for page in (name for name in listed if name.endswith(".md") and name.startswith(PAGES)):
        for path in re.findall(r"`([\w./-]+/[\w./-]*|\w[\w-]*\.(?:rs|py|sh|toml|yaml))`", FENCE.sub("", text(page))):
            end = path.rstrip("/")
            if path.startswith(("/", *MADE)) or page.startswith("docs/") and path == "policy.yaml":
                continue
            if not any(one == end or one.endswith(f"/{end}") for one in known):
                yield f"{page}: `{path}` leads nowhere"


def anchor(heading):
    """The fragment that GitHub gives a heading."""
    words = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).strip().lower()
    return re.sub(r"[^\w\- ]", "", words).replace(" ", "-")


def anchors(page):
    """The fragments of a page's headings; a heading that stands twice gets a number."""
    seen, found = {}, set()
    for heading in re.findall(r"^#{1,6} +(.+?)\s*#*$", FENCE.sub("", text(page)), re.MULTILINE):
        name = anchor(heading)
        times = seen.get(name, 0)
        seen[name] = times + 1
        found.add(f"{name}-{times}" if times else name)
    return found


def lost_links(listed):
    known = set(listed) | {str(folder) for file in listed for folder in pathlib.Path(file).parents}
    for page in (name for name in listed if name.endswith(".md")):
        body = FENCE.sub(lambda found: "\n" * found[0].count("\n"), text(page))
        for number, line in enumerate(body.splitlines(), 1):
            for link in LINK.findall(re.sub(r"`[^`]*`", "", line)):
                if re.match(r"[a-z]+:", link):
                    continue
                path, _, fragment = link.partition("#")
                target = page if not path else str((ROOT / page).parent.joinpath(path).resolve().relative_to(ROOT))
                if target not in known:
                    yield f"{page}:{number}: {link} leads nowhere"
                elif fragment and fragment not in (anchors(target) if target.endswith(".md") else {fragment}):
                    yield f"{page}:{number}: {link}: {target} has no such heading"


def links_of(page):
    for link in LINK.findall(FENCE.sub("", text(page))):
        path = link.partition("#")[0]
        if path and not re.match(r"[a-z]+:", path):
            yield str((ROOT / page).parent.joinpath(path).resolve().relative_to(ROOT))


def unlisted_pages(listed):
    indexed = set(links_of(INDEX))
    for page in (name for name in listed if name.startswith("docs/") and name.endswith(".md") and name != INDEX):
        if page not in indexed:
            yield f"{INDEX}: {page} is not listed"
        if INDEX not in links_of(page):
            yield f"{page}: does not link back to {INDEX}"


def lost_pages(listed):
    for name in listed:
        path = pathlib.Path(name)
        if path.suffix not in SOURCES or not path.parts or name.startswith(("docs/", "tests/clients/")):
            continue
        try:
            body = text(name)
        except UnicodeDecodeError:
            continue
        for page in re.findall(r"(?<![\w/.-])(docs/[\w/-]+\.(?:md|json))\b", body):
            if page not in listed:
                yield f"{name}: {page} does not exist"


def lost_functions(listed):
    for page in (name for name in listed if name.endswith(".md") and name.startswith(PAGES)):
        for path, function in re.findall(r"`([\w./-]*\w\.rs)`,\s+`(\w+)`", FENCE.sub("", text(page))):
            named = (name for name in listed if name == path or name.endswith(f"/{path}"))
            if not any(re.search(rf"\bfn {function}\b", text(name)) for name in named):
                yield f"{page}: no {path} has a function `{function}`"


def lost_invariants(listed):
    section = text(INVARIANTS).partition("\n## Invariants\n")[2].partition("\n## ")[0]
    stated = set(re.findall(r"^(\d+)\. ", section, re.MULTILINE))
    kept = set()
    for name in (name for name in listed if name.endswith((".rs", ".py")) and name != "checks/paths.py"):
        for number in re.findall(r"\bINVARIANT\b ?(\d*)", text(name)):
            kept.add(number)
            if number not in stated:
                yield f"{name}: INVARIANT {number} is not in {INVARIANTS}"
    yield from (f"{INVARIANTS}: nothing keeps INVARIANT {number}" for number in sorted(stated - kept, key=int))


def main():
    listed = files()
    faults = [*lost_paths(listed), *lost_links(listed), *unlisted_pages(listed), *lost_pages(listed)]
    faults += [*lost_functions(listed), *lost_invariants(listed)]
    for fault in faults:
        print(fault, file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
