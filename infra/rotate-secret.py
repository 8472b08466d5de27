"""Rewrites the text of a root secret, from standard input to standard output, one step of a rotation at a time.

add   appends a new secret that every function can open things with, while the old one goes on making them
use   lets the newest secret make things
drop  forgets all but the newest
"""

import re
import secrets
import string
import sys


def parse(text):
    """The secrets by number, and the number that is current."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    numbered = [line if ":" in line else f"1:{line}" for line in lines]
    named = dict(line.split(":", 1) for line in numbered)
    if len(named) < len(numbered):
        sys.exit("a number, or what is current, is there twice")
    current = named.pop("current", None)
    by_number = {int(number): secret for number, secret in named.items()}
    return by_number, int(current) if current else max(by_number)


def render(by_number, current):
    lines = [f"{number}:{secret}" for number, secret in sorted(by_number.items())]
    return "\n".join(lines + ([f"current:{current}"] if current != max(by_number) else []))


def step(name, text):
    by_number, current = parse(text)
    newest = max(by_number)
    if name == "add":
        if current != newest:
            sys.exit("a new secret was added already: the next step is `use`")
        letters = string.ascii_letters + string.digits
        by_number[newest + 1] = "".join(secrets.choice(letters) for _ in range(64))
        return render(by_number, current)
    if name == "use":
        return render(by_number, newest)
    if current != newest:
        sys.exit("the newest secret is not in use yet: the next step is `use`")
    return render({newest: by_number[newest]}, newest)


if __name__ == "__main__":
    if len(sys.argv) != 2 or not re.fullmatch("add|use|drop", sys.argv[1]):
        sys.exit(__doc__)
    print(step(sys.argv[1], sys.stdin.read()))
