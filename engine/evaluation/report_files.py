"""A report as files: Markdown with PNG figures, and where wanted the figures as SVG, the tables as CSV and an index."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from engine.data.atomic_file import make_folder, write_bytes
from engine.evaluation.figures import save
from engine.evaluation.report import Missing, Section, slug

FORMATS: Final = ("svg", "csv")
"""What a report may be written as beside Markdown and PNG."""


@dataclass
class ReportFiles:
    """What was written.

    Attributes:
        report: the Markdown; figures: PNG files; others: SVG and CSV.
        index: sections in their order with the names of their files, and what is missing; JSON can hold it.
    """

    report: Path
    figures: list[Path] = field(default_factory=list)
    others: list[Path] = field(default_factory=list)
    index: dict[str, Any] = field(default_factory=dict)


def write_report(
    parts: Sequence[Section],
    missing: Sequence[Missing],
    folder: Path,
    *,
    title: str,
    file: str = "report.md",
    formats: Collection[str] = (),
) -> ReportFiles:
    """Writes a report into a folder.

    Args:
        formats: of FORMATS.

    Raises:
        OutputError: the folder or a file cannot be written.
    """
    make_folder(folder)
    written = ReportFiles(folder / file)
    lines, entries, stems = [f"# {title}", ""], [], set[str]()
    for part in parts:
        stem = _free(part.stem or slug(part.title), stems)
        entry: dict[str, Any] = {"title": part.title, "text": part.text, "figure": None, "drawing": None, "tables": []}
        lines += [f"## {part.title}", "", part.text]
        if part.figure is not None:
            entry["figure"] = f"{stem}.png"
            save(part.figure, folder / f"{stem}.png")
            written.figures.append(folder / f"{stem}.png")
            lines += [f"![{part.title}]({stem}.png)", ""]
            if "svg" in formats:
                entry["drawing"] = f"{stem}.svg"
                save(part.figure, folder / f"{stem}.svg")
                written.others.append(folder / f"{stem}.svg")
        if "csv" in formats:
            for number, text in enumerate(csv_tables(part.text), start=1):
                path = folder / (f"{stem}.csv" if number == 1 else f"{stem}-table{number}.csv")
                write_bytes(path, text.encode())
                entry["tables"].append(path.name)
                written.others.append(path)
        entries.append(entry)
    if missing:
        lines += ["## Not in this report", ""]
        lines += [f"- {item.what}: {item.cure}" for item in missing]
        lines.append("")
    write_bytes(written.report, "\n".join(lines).encode("utf-8"))
    written.index = {
        "title": title,
        "sections": entries,
        "missing": [{"what": item.what, "cure": item.cure} for item in missing],
    }
    return written


def csv_tables(markdown: str) -> list[str]:
    """The tables in a section's text as CSV, one after the other. Emphasis is dropped, words are not: what is marked as
    published stays so."""
    tables: list[list[list[str]]] = []
    inside = False
    for line in markdown.splitlines():
        if not line.startswith("| "):
            inside = False
            continue
        cells = [cell.strip().replace("\\|", "|").replace("*", "") for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        if not inside:
            tables.append([])
            inside = True
        if not all(re.fullmatch(r":?-{3,}:?", cell) for cell in cells):
            tables[-1].append(cells)
    return [_csv(rows) for rows in tables]


def _csv(rows: list[list[str]]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerows(rows)
    return buffer.getvalue()


def _free(stem: str, taken: set[str]) -> str:
    name, number = stem, 1
    while name in taken:
        number += 1
        name = f"{stem}-{number}"
    taken.add(name)
    return name
