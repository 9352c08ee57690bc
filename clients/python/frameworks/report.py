"""Writes what the examples gave, as conftest.py notes it, into the document that tells of it.

python clients/python/frameworks/report.py NOTES docs/frameworks.md
"""

from __future__ import annotations

import datetime
import json
import platform
import sys
from pathlib import Path
from typing import Any

BEGINS, ENDS = "<!-- what the last `make test-frameworks` gave -->\n", "<!-- as far as this -->\n"


def table(notes: list[dict[str, Any]]) -> str:
    """Write the notes as Markdown."""
    day, python = datetime.datetime.now(datetime.UTC).date(), platform.python_version()
    lines = [
        f"{day}, Python {python}, a CPU, seconds of it with the start of Python, server and framework:",
        "",
    ]
    for framework in dict.fromkeys(note["framework"] for note in notes):
        own = [note for note in notes if note["framework"] == framework]
        named = ", ".join(f"{name} {version}" for name, version in own[0]["versions"].items())
        lines += [f"**{named}**", "", "| `examples/` | processor seconds | printed |", "|---|--:|---|"]
        lines += [f"| `{note['command']}` | {note['seconds']:.0f} | {note['said']} |" for note in own]
        lines.append("")
    return "\n".join(lines)


def main(notes: Path, document: Path) -> None:
    """Replace what stands between the document's marks."""
    read = [json.loads(line) for line in notes.read_text().splitlines()]
    text = document.read_text()
    before, rest = text.split(BEGINS)
    _, after = rest.split(ENDS)
    document.write_text(f"{before}{BEGINS}\n{table(read)}\n{ENDS}{after}")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
