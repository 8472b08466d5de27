#!/usr/bin/env python3
"""Refuses circles of modules and imports that run upwards: `checks/circles.py`. INVARIANT 18: Imports run in one direction.

In each folder of a crate, the files and rooms import each other in one direction: a room counts as one with all that is inside it, and
a `mod.rs` or `lib.rs` as a neighbour of the rooms that it declares. What a `mod.rs` hands on with `pub use` counts for the file that it
comes from. Tests are left out. Between crates, the order is LAYERS, from the top down."""
import json
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
# A crate may use those of later lines alone.
LAYERS = [
    ["tests", "bench"],
    ["standins"],
    ["local", "generate"],
    ["functions"],
    ["lambda"],
    ["app"],
    ["store", "bus", "sockets", "vendors", "identity"],
    ["domain"],
    ["conditions"],
]


def code_of(path):
    """The text without comments, strings and tests."""
    texts = r"""//[^\n]*|r(#*)".*?"\1|"(?:[^"\\]|\\.)*"|'(?:[^'\\\n]|\\[^\n]{1,8})'"""
    text = re.sub(texts, "''", path.read_text(), flags=re.DOTALL)
    while found := re.search(r"#\[cfg\(test\)\]\s*(?:pub )?mod \w+\s*(\{|;)", text):
        end = found.end()
        if found[1] == "{":
            depth = 1
            while depth:
                depth += {"{": 1, "}": -1}.get(text[end], 0)
                end += 1
        text = text[: found.start()] + text[end:]
    return text


def spread(tree):
    """The paths of a `use` tree, each as a list of names, with the name that it gets here."""
    tree = tree.strip()
    brace = tree.find("{")
    if brace < 0:
        path, _, name = tree.partition(" as ")
        names = [part.strip() for part in path.split("::")]
        return [(names[:-1] if names[-1] == "self" else names, name.strip() or names[-1])]
    head = [part.strip() for part in tree[:brace].split("::") if part.strip()]
    inside, depth, parts = tree[brace + 1 : tree.rindex("}")], 0, [""]
    for letter in inside:
        depth += {"{": 1, "}": -1}.get(letter, 0)
        if letter == "," and not depth:
            parts.append("")
        else:
            parts[-1] += letter
    return [(head + path, name) for part in parts if part.strip() for path, name in spread(part)]


class Crate:
    """The modules of one crate: by path, as `("policy", "read")`, the file and its code."""

    def __init__(self, folder):
        self.folder = folder
        self.code, self.files = {}, {}
        for file in sorted(folder.glob("src/**/*.rs")):
            parts = file.relative_to(folder / "src").with_suffix("").parts
            if "tests" in parts or parts == ("main",) and (folder / "src/lib.rs").exists():
                continue
            name = () if parts in [("lib",), ("main",)] else parts[:-1] if parts[-1] == "mod" else parts
            self.code[name], self.files[name] = code_of(file), file
        self.handed = {name: self.hands_on(name) for name in self.code}

    def hands_on(self, module):
        uses = re.findall(r"\bpub(?:\([^)]*\))? use ([^;]+);", self.code[module])
        return {name: path for use in uses for path, name in spread(use)}

    def place(self, module, path, seen=()):
        """The module in which a path ends that is written in `module`; None where it leaves the crate."""
        here, rest = module, list(path)
        if rest[0] == "crate":
            here, rest = (), rest[1:]
        elif rest[0] not in ("self", "super") and module + (rest[0],) not in self.code:
            return None
        while rest and rest[0] in ("self", "super"):
            here, rest = (here if rest[0] == "self" else here[:-1]), rest[1:]
        while rest and here + (rest[0],) in self.code:
            here, rest = here + (rest[0],), rest[1:]
        handed = self.handed.get(here, {})
        if rest and rest[0] in handed and (here, rest[0]) not in seen:
            onward = self.place(here, handed[rest[0]] + rest[1:], (*seen, (here, rest[0])))
            return here if onward is None else onward
        return here

    def imports(self, module):
        """The modules that one takes something from."""
        code = self.code[module]
        uses = re.findall(r"(pub(?:\([^)]*\))? )?\buse ([^;]+);", code)
        paths = [path for public, use in uses for path, _ in spread(use) if not (public and self.is_face(module))]
        code = re.sub(r"\buse [^;]+;", "", code)
        paths += [found.split("::") for found in re.findall(r"(?<![\w:])(?:crate|super|self)(?:::\w+)+", code)]
        paths += [found.split("::") for found in re.findall(r"(?<![\w:.])[a-z_]\w*(?:::\w+)+", code)]
        places = {self.place(module, path) for path in paths}
        return {place for place in places if place is not None and place != module}

    def is_face(self, module):
        return self.files[module].name in ("mod.rs", "lib.rs") or any(other[:-1] == module and other != module for other in self.code)

    def circles(self):
        """Circles of files and rooms, each within one folder."""
        arrows = {}
        for module in self.code:
            for other in self.imports(module):
                depth = next((i for i, (a, b) in enumerate(zip(module, other)) if a != b), min(len(module), len(other)))
                ends = [name[: depth + 1] if len(name) > depth else (*name, ".") for name in (module, other)]
                arrows.setdefault(ends[0], {}).setdefault(ends[1], set()).add((module, other))
        return [(circle, arrows) for circle in tangles(arrows)]


def tangles(arrows):
    """The strongly connected parts of more than one (Tarjan)."""
    index, low, stack, found = {}, {}, [], []

    def visit(node):
        index[node] = low[node] = len(index)
        stack.append(node)
        for other in arrows.get(node, {}):
            if other not in index:
                visit(other)
            if other in stack:
                low[node] = min(low[node], low[other])
        if low[node] == index[node]:
            part = stack[stack.index(node) :]
            del stack[stack.index(node) :]
            if len(part) > 1:
                found.append(part)

    for node in list(arrows):
        if node not in index:
            visit(node)
    return found


def say(crate, circle, arrows):
    """A circle in words."""
    spell = lambda name: str(crate.files[name].relative_to(ROOT)) if name in crate.files else "::".join(name)
    lines = [f"{crate.folder.relative_to(ROOT)}: {len(circle)} modules import each other: {', '.join(sorted('::'.join(n) for n in circle))}"]
    for one in sorted(circle):
        for other in sorted(set(arrows.get(one, {})) & set(circle)):
            ties = sorted(f"{spell(a)} takes from {spell(b)}" for a, b in arrows[one][other])
            lines.append(f"    {'::'.join(one)} -> {'::'.join(other)}: {'; '.join(ties)}")
    return "\n".join(lines)


def upward(packages):
    """Dependencies of a crate on one of its own layer or of a higher one; those of tests alone do not count."""
    def floor(name):
        known = [i for i, layer in enumerate(LAYERS) if name in layer]
        return known[0] if known else next(i for i, layer in enumerate(LAYERS) if "functions" in layer)

    ours = {package["name"] for package in packages}
    for package in packages:
        for other in sorted({used["name"] for used in package["dependencies"] if used["kind"] is None} & ours):
            if floor(other) <= floor(package["name"]):
                yield f"{package['name']}: uses {other}, which stands on the same floor or above (checks/circles.py: LAYERS)"


def main():
    asked = ["cargo", "metadata", "--no-deps", "--format-version", "1"]
    packages = json.loads(subprocess.run(asked, cwd=ROOT, capture_output=True, check=True).stdout)["packages"]
    faults = list(upward(packages))
    for package in packages:
        crate = Crate(pathlib.Path(package["manifest_path"]).parent)
        faults += [say(crate, circle, arrows) for circle, arrows in crate.circles()]
    for fault in faults:
        print(fault, file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
