"""Weighs what `sam build` made: each function's program as a zip, which may not be heavier than is said here."""

import io
import sys
import zipfile
from pathlib import Path

MIB = 1024 * 1024
# What a function may weigh, in bytes; the goal that all are to reach in the end.
MOST = 2_200_000
# These check edits and policies against JSON Schema, and its reader brings two engines for regular expressions, a third of their weight.
MOST_OF_READERS = dict.fromkeys(("ResolveFunction", "SlackFunction", "CallbacksFunction", "SettingsFunction"), 3 * MIB)
# It is all of the others' use cases, and their pages.
MOST_OF_READERS["ConsoleFunction"] = 3.25 * MIB
# The same programs in instructions that take more room.
MORE = {"x86_64": 1.05}


def zipped(program):
    """The bytes of a program as the zip that is uploaded."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        archive.write(program, "bootstrap")
    return buffer.tell()


def main(folders):
    names = sorted({program.parent.name for folder in folders for program in folder.glob("*/bootstrap")})
    print(f"{'':22}" + "".join(f"{folder.name:>14}{'zip':>12}" for folder in folders))
    heavy = [] if names else ["nothing was built"]
    for name in names:
        row = f"{name:22}"
        for folder in folders:
            program = folder / name / "bootstrap"
            size = zipped(program)
            row += f"{program.stat().st_size:14,}{size:12,}"
            most = MOST_OF_READERS.get(name, MOST) * MORE.get(folder.name, 1)
            if size > most:
                heavy.append(f"{folder.name}/{name} has {size:,} bytes as a zip: {most:,.0f} is the most")
        print(row)
    sys.exit("\n".join(heavy) or None)


main([Path(argument) for argument in sys.argv[1:]])
