"""Reports: what they hold, what they leave out, and that published values are never own ones."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from engine.data.palettes import CITYSCAPES_CLASSES, VOC_CLASSES
from engine.errors import DataError
from engine.evaluation import published
from engine.evaluation.markdown import table
from engine.evaluation.report import Source, read_source, sections
from engine.evaluation.report_files import csv_tables, write_report
from engine.evaluation.systems import method_of


def eval_json(**changes: Any) -> dict[str, Any]:
    return {
        "kind": "eval", "model": "lc-small", "dataset": "voc", "split": "val", "images": 7, "failed": [],
        "partial": False, "device": "cpu", "precision": "fp32", "threads": 2, "rho": 0.93, "mIoU": 41.25,
        "boundary_IoU": 30.5, "pixel_accuracy": 80.0, "mean_accuracy": 50.0, "shares": [0.5, 0.25, 0.25],
        "per_class": dict.fromkeys(VOC_CLASSES, 12.34) | {"cat": 56.78, "cow": None},
        "milliseconds": {"median": 50.0, "p95": 60.0}, "scales": [1.0], "flip": False, "crf": "off", **changes,
    }  # fmt: skip


def sweep_json() -> dict[str, Any]:
    rows = [
        {"rho": rho, "shares": [0.1, 0.2, 0.7], "mIoU": 33.0 + rho, "milliseconds": 20.0 + rho,
         "stages_ms": [11.11, 5.0, 4.0], "boundary_IoU": 20.0}
        for rho in (1.0, 0.985, 0.5)
    ]  # fmt: skip
    return {"kind": "sweep", "model": "lc-small", "dataset": "voc", "split": "val", "images": 7, "rows": rows}


def analysis_json() -> dict[str, Any]:
    names = ["background", "cat"]
    return {
        **eval_json(kind="analyse", per_class={"background": 90.0, "cat": 43.21}),
        "rows": sweep_json()["rows"],
        "difficulty": {
            "class_names": names, "class_shares": [0.8, 0.2], "sets": [[0.5, 0.4, 0.1], None],
            "all_sets": [0.5, 0.4, 0.1], "chosen_width": 4,
            "boundaries": [{"width": 4, "of_all": 0.15, "of_sets": [0.1, 0.2, None]}],
        },
        "stage_classes": {
            "rho": 0.93, "class_names": names, "class_shares": [0.8, 0.2],
            "label_ratios": [[0.9, 0.8], [1.5, None]], "decided": [[0.5, 0.3, 0.2], None],
        },
    }  # fmt: skip


def source(tmp_path: Path, data: dict[str, Any], *, name: str = "", file: str = "x.json") -> Source:
    (tmp_path / file).write_text(json.dumps(data), encoding="utf-8")
    return read_source(tmp_path / file, name=name)


def titles(sources: list[Source]) -> list[str]:
    return [part.title for part in sections(sources)[0]]


def text_of(sources: list[Source], part: str, *, compare: bool = True) -> str:
    return next(found.text for found in sections(sources, compare=compare)[0] if part in found.title)


def test_each_kind_brings_its_tables_and_the_rest_is_named_as_missing(tmp_path: Path) -> None:
    found, missing = sections([source(tmp_path, sweep_json())])
    assert [part.title.split(" (")[0] for part in found[1:]] == [
        "Accuracy, shares and time by ρ",
        "Time of each stage",
    ]
    assert {item.what.split(" (")[0] for item in missing} == {
        "easy, moderate and hard pixels", "training methods", "speed and accuracy", "IoU by class",
        "classes by stage", "extras at test time", "systems and their trainings",
        "training curves",
    }  # fmt: skip
    found, missing = sections([source(tmp_path, analysis_json())])
    assert {item.what.split(" (")[0] for item in missing} == {
        "extras at test time", "systems and their trainings", "training curves",
    }  # fmt: skip
    assert len(found) == 8


def test_the_sweep_stands_beside_the_papers_in_columns_of_its_own(tmp_path: Path) -> None:
    text = text_of([source(tmp_path, sweep_json())], "Table 1")
    header, _, *rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in text.splitlines() if "|" in line]
    own = [place for place, name in enumerate(header) if not name.startswith("published")]
    assert [header[place] for place in own] == ["ρ", "decided in stages %", "mIoU %", "boundary IoU %", "ms"]
    by_rho = {row[0]: row for row in rows}
    assert by_rho["0.985"][2] == "33.98"
    assert by_rho["0.985"][header.index("published mIoU %")] == "73.91"
    # Measured by the paper alone, and by us alone.
    assert [by_rho["0.8"][place] for place in own[1:]] == ["–"] * 4
    assert by_rho["0.5"][header.index("published mIoU %")] == "–"


def _published_numbers() -> set[str]:
    numbers = {f"{row.mean_iou:.2f}" for row in published.TABLE_1 + published.TABLE_3}
    numbers |= {f"{value:.2f}" for value in published.TABLE_2.values()}
    return numbers | {f"{iou:.1f}" for _, iou in published.TABLE_6.values()}


def test_a_published_number_stands_only_where_it_is_called_published(tmp_path: Path) -> None:
    sources = [
        source(tmp_path, eval_json(), name="lc", file="a.json"),
        source(tmp_path, eval_json(scales=[0.5, 1.0], crf="full"), name="best", file="b.json"),
        source(tmp_path, analysis_json(), file="c.json"),
        source(tmp_path, sweep_json(), file="d.json"),
    ]
    seen = 0
    for part in sections(sources)[0]:
        header: list[str] = []
        for line in part.text.splitlines():
            if not line.startswith("|"):
                header = []
                continue
            cells = [cell.strip() for cell in line.split("|")[1:-1]]
            header = header or cells
            for place, cell in enumerate(cells):
                if cell in _published_numbers():
                    seen += 1
                    assert "published" in header[place] or any("published" in other for other in cells), line
    assert seen > 20


def test_own_only_shows_nothing_published(tmp_path: Path) -> None:
    sources = [source(tmp_path, analysis_json()), source(tmp_path, eval_json(flip=True), name="dsn", file="b.json")]
    found, _ = sections(sources, compare=False)
    for part in found:
        assert "published" not in part.text.lower()
        assert not re.search("|".join(map(re.escape, _published_numbers())), part.text)
        if part.figure is not None:
            legends = [axes.get_legend() for axes in part.figure.axes]
            shown = [text.get_text() for legend in legends if legend for text in legend.get_texts()]
            assert not any("published" in text for text in shown)


def test_methods_stand_in_the_papers_order_and_absent_ones_say_so(tmp_path: Path) -> None:
    sources = [
        source(tmp_path, eval_json(mIoU=50.5), name="lc", file="a.json"),
        source(tmp_path, eval_json(mIoU=49.5, rho=1.0), name="dsn", file="b.json"),
    ]
    rows = [line.split("|")[1:-1] for line in text_of(sources, "Table 2").splitlines()[2:]]
    cells = [[cell.strip() for cell in row] for row in rows]
    assert [row[0] for row in cells] == ["DSN", "LC", "IRNet", "DSN+Dropout", "MC"]
    assert [row[4] for row in cells] == ["49.50", "50.50", "–", "–", "–"]
    assert [row[6] for row in cells] == ["72.70", "73.91", "72.22", "72.63", "44.20"]


@pytest.mark.parametrize(
    ("name", "method"),
    [
        ("irnet", "IRNet"), ("dsn-dropout-voc", "DSN+Dropout"), ("dsn", "DSN"), ("mc", "MC"), ("irnet-lc:timm", "LC"),
        ("lc-mobilenetv2-voc-cpu", "LC"), ("DSN+Dropout", "DSN+Dropout"), ("lc ρ 0.95", "LC"), ("deeplab-v2", None),
        ("mcdonald", None), ("table2-dsn-dropout", "DSN+Dropout"), ("table2-mc", "MC"),
    ],
)  # fmt: skip
def test_names_of_methods(name: str, method: str | None) -> None:
    assert method_of(name) == method


def test_extras_are_told_apart(tmp_path: Path) -> None:
    sources = [
        source(tmp_path, eval_json(), file="a.json"),
        source(tmp_path, eval_json(scales=[0.5, 1.0], flip=True), file="b.json"),
        source(tmp_path, eval_json(crf="hard"), file="c.json"),
    ]
    text = text_of(sources, "Table 6")
    assert "multi-scale + flip" in text
    assert "CRF on hard pixels" in text
    assert "lc-small ρ 0.93" in text
    assert "not stated" in text


def test_classes_are_compared_with_the_table_of_their_data_set(tmp_path: Path) -> None:
    voc = text_of([source(tmp_path, eval_json())], "Tables 4 and 5")
    assert "Table 4" in voc
    assert "| cow | – | 83.7 | 90.4 |" in voc
    assert "| background | 12.3 | – | – |" in voc
    city = eval_json(per_class=dict.fromkeys(CITYSCAPES_CLASSES, 1.0), dataset="cityscapes")
    text = text_of([source(tmp_path, city)], "Tables 4 and 5")
    assert "Table 5" in text
    assert "| **mean of the classes** | 1.0 | 71.1 |" in text
    assert "averages 72.3" in text
    other = text_of([source(tmp_path, eval_json(per_class={"leaf": 3.0}))], "Tables 4 and 5")
    assert "published" not in other.lower()


def test_partial_results_are_called_partial(tmp_path: Path) -> None:
    sources = [source(tmp_path, {**analysis_json(), "partial": True})]
    assert "7 (partial)" in text_of(sources, "made of")
    assert "**partial**" in text_of(sources, "Table 1")


def test_the_report_is_written_with_its_figures(tmp_path: Path) -> None:
    run = tmp_path / "my run"
    run.mkdir()
    (run / "events.jsonl").write_text(
        '{"event": "started", "step": 0, "recipe": "small"}\n{"event": "step", "step": 1, "loss": 2.0}\n{"event": "st',
        encoding="utf-8",
    )
    sources = [read_source(run), source(tmp_path, analysis_json(), name="A b"),
               source(tmp_path, analysis_json(), name="a-b", file="y.json")]  # fmt: skip
    parts, missing = sections(sources)
    written = write_report(parts, missing, tmp_path / "out", title="Results", formats=["svg", "csv"])
    text = (tmp_path / "out" / "report.md").read_text(encoding="utf-8")
    pictures = re.findall(r"!\[[^]]*\]\(([^)]+)\)", text)
    assert len(set(pictures)) == len(pictures) == len(written.figures)
    assert all(path.is_file() for path in written.others)
    entries = written.index["sections"]
    assert [entry["figure"] for entry in entries if entry["figure"]] == pictures
    assert all(
        (tmp_path / "out" / entry["drawing"]).read_bytes().count(b"<svg") for entry in entries if entry["drawing"]
    )
    sweep = next(entry for entry in entries if "Table 1" in entry["title"])
    rows = (tmp_path / "out" / sweep["tables"][0]).read_text(encoding="utf-8")
    assert "published" in rows
    assert written.index["missing"][0].keys() == {"what", "cure"}
    for picture in pictures:
        assert (tmp_path / "out" / picture).read_bytes().startswith(b"\x89PNG")
    assert "# Results" in text
    assert "Training of my run" in text
    assert "- extras at test time (Table 6): give the JSON" in text


def test_tables_become_csv_and_lose_their_emphasis_alone() -> None:
    text = table(["a", "*published* b"], [["1", "x|y"]]) + "\nand\n\n" + table(["c"], [["**2, 3**"]])
    assert csv_tables(text) == ["a,published b\n1,x|y\n", 'c\n"2, 3"\n']


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", "cannot be read"),
        ("[]", "no results"),
        ('{"rows": [{"density": 1}]}', "no results"),
        ('{"kind": "eval", "mIoU": 1, "per_class": {}}', "lacks"),
    ],
)
def test_files_that_are_no_results_are_named(tmp_path: Path, content: str, said: str) -> None:
    path = tmp_path / "odd.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(DataError, match=said) as caught:
        read_source(path)
    assert caught.value.path == path


def test_folders_without_a_run_are_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no run"):
        read_source(tmp_path)
    (tmp_path / "events.jsonl").write_text("no json\n", encoding="utf-8")
    with pytest.raises(DataError, match="events cannot be read"):
        read_source(tmp_path)
