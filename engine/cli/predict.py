"""rhoscope predict: label maps, stage maps, overlays and statistics for images and folders of images."""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from engine.cascade.result import CascadeResult
from engine.cascade.thresholds import expand_rho
from engine.cli.console import (
    DONE,
    INTERRUPTED,
    SOME_FAILED,
    STDOUT,
    WRONG_USAGE,
    Console,
    quiet_stdout,
    write_json,
)
from engine.cli.crf_options import add_crf_arguments, chosen_refiner
from engine.cli.output_names import OutputNames
from engine.cli.protocols import add_protocol_argument, chosen_protocol, refuse_hard_crf
from engine.cli.segmenting import ModelChoice, OpenModel, class_fractions, open_model, refined
from engine.data.atomic_file import make_folder
from engine.data.images import DecodedImage, find_images, read_image
from engine.data.label_files import JPEG_LIMIT, LABEL_FORMATS, LabelFormat, write_jpeg, write_label_map, write_png
from engine.data.palettes import CITYSCAPES_CLASSES
from engine.errors import ImageError, RhoscopeError
from engine.refine.refiner import Refiner
from engine.rendering import SheetRow, contact_sheet, deciding_stage_map, overlay, sheet_row

_OVERLAY_OPACITY: Final = 0.6
_SHEET_ROWS: Final = 100  # more would make a picture that few programs open


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = subparsers.add_parser(
        "predict",
        help="segment images: label maps, overlays, statistics",
        description="Segment images. For each one <stem>.png holds the label map. Exit code 0 = all done, 1 = some "
        "inputs failed (each is named, the others are done), 2 = wrong usage.",
    )
    parser.add_argument("paths", nargs="+", metavar="PATH", help="images, and folders to search for images")
    parser.add_argument("--out", required=True, type=Path, metavar="DIR", help="folder for the results")
    add_model_arguments(parser)
    add_protocol_argument(parser)
    parser.add_argument(
        "--rho", type=rho_values, metavar="R", help="threshold 0..1, or one for each stage but the last: .985,.95"
    )
    add_crf_arguments(parser, what="refine with a fully connected CRF")
    parser.add_argument("--format", choices=LABEL_FORMATS, default="voc", help="of the label maps (default: voc)")
    parser.add_argument("--stages", action="store_true", help="also <stem>.stage.png (1..n) and <stem>.confidence.png")
    parser.add_argument("--overlay", action="store_true", help="also <stem>.overlay.jpg: class colours over the photo")
    parser.add_argument(
        "--contact-sheet", type=Path, metavar="FILE", help="one PNG with a row of pictures for each image"
    )
    parser.add_argument("--json", metavar="FILE", help='statistics; "-" for standard output')
    parser.add_argument("-q", "--quiet", action="store_true", help="say problems only")
    parser.set_defaults(run=run)


def add_model_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--model", default="default", metavar="M", help="a registered name, a checkpoint's path or default"
    )
    parser.add_argument("--device", default="auto", metavar="D", help="auto, cpu, cuda, cuda:1 …")
    parser.add_argument("--precision", choices=("auto", "fp32", "bf16"), default="auto")
    parser.add_argument("--threads", type=_positive, metavar="N", help="CPU threads")
    parser.add_argument(
        "--max-side",
        type=_not_negative,
        metavar="PIXELS",
        help="size that photos are scaled down to for the network; 0 = their own size, in tiles",
    )


def rho_values(text: str) -> tuple[float, ...]:
    """One number, or several separated by commas. What is no number is wrong usage; the range is checked later."""
    try:
        return tuple(float(part) for part in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no number and no list of numbers like .985,.95") from None


def model_choice(args: argparse.Namespace) -> ModelChoice:
    return ModelChoice(
        model=args.model,
        device=args.device,
        precision=args.precision,
        threads=args.threads,
        max_side=args.max_side,
        protocol=chosen_protocol(args),
    )


@dataclass(frozen=True, kw_only=True)
class OutputChoice:
    """What is written for each image, and where."""

    folder: Path
    format: LabelFormat = "voc"
    stages: bool = False
    overlay: bool = False

    @property
    def suffixes(self) -> tuple[str, ...]:
        """Every name that an image may take is kept free for it, the PNG of an overlay too large for JPEG, too."""
        stages = (".stage.png", ".confidence.png") if self.stages else ()
        return (".png", *stages, *((".overlay.jpg", ".overlay.png") if self.overlay else ()))


@dataclass(kw_only=True)
class ImageReport:
    """The JSON of one image; `error` tells whether it failed."""

    path: str
    width: int | None = None
    height: int | None = None
    rho: list[float] = field(default_factory=list)
    shares: list[float] = field(default_factory=list)
    milliseconds: dict[str, float] = field(default_factory=dict)
    classes: dict[str, float] = field(default_factory=dict)
    error: str | None = None
    notes: list[str] = field(default_factory=list)
    files: dict[str, str] = field(default_factory=dict)


def run(args: argparse.Namespace) -> int:
    """Segment all images; see the exit codes in main."""
    console = Console("predict", quiet=args.quiet)
    reports: list[ImageReport] = []
    summary: dict[str, Any] = {"model": args.model, "device": None, "precision": None, "threads": None}
    code = DONE
    try:
        with quiet_stdout():
            batch = _Batch(args, console, reports, summary)
            batch.run()
    except _WrongUsage as error:
        console.problem(error)
        return WRONG_USAGE
    except RhoscopeError as error:
        # Also for ρ outside 0..1, a number in the right place: it is named like any other bad input and the code is 1.
        # Code 2 says that the command line itself cannot be understood. See docs/adr/0002.
        console.problem(error)
        summary["error"] = str(error)
        code = SOME_FAILED
    except KeyboardInterrupt:
        console.problem(f"stopped; {sum(r.error is None for r in reports)} images are done")
        summary["error"] = "interrupted"
        code = INTERRUPTED
    if args.json is not None:
        write_json(args.json, {**summary, "images": [vars(report) for report in reports]})
    if code == DONE and any(report.error is not None for report in reports):
        return SOME_FAILED
    return code


class _WrongUsage(Exception):
    """Arguments that are each right but do not go together."""


class _Batch:
    def __init__(
        self, args: argparse.Namespace, console: Console, reports: list[ImageReport], summary: dict[str, Any]
    ) -> None:
        self._args = args
        self._console = console
        self._reports = reports
        self._summary = summary
        self._rows: list[SheetRow] = []
        self._output = OutputChoice(folder=args.out, format=args.format, stages=args.stages, overlay=args.overlay)

    def run(self) -> None:
        args = self._args
        if args.rho is not None:  # before the model is loaded, which takes seconds
            expand_rho(args.rho, stage_count=len(args.rho) + 1)
        if args.protocol is not None and (args.stages or args.contact_sheet is not None):
            raise _WrongUsage("--stages and --contact-sheet do not go with --protocol: each view has its own stages")
        images = self._find()
        if args.json not in (None, STDOUT) and Path(args.json).resolve() in {path.resolve() for path in images}:
            raise _WrongUsage(f"--json {args.json} would replace an image that is read")
        if not images:
            if not self._reports:
                raise ImageError("no images found", path=Path(args.paths[0]), cure="name images or a folder of images")
            return
        make_folder(self._output.folder)
        with chosen_refiner(args) as refiner:
            model = self._open_model()
            rho = self._thresholds(model)
            refuse_hard_crf(args, stage_count=model.stage_count)
            names = OutputNames(self._output.folder, self._output.suffixes, inputs=images)
            for number, path in enumerate(images, start=1):
                self._console.progress(f"[{number}/{len(images)}] {path.name}")
                self._one(path, model, rho, refiner, names)
            if self._rows:
                self._write_contact_sheet(model)
        done = sum(report.error is None for report in self._reports)
        self._console.say(f"{done} of {len(self._reports)} images done; results in {self._output.folder}")

    def _find(self) -> list[Path]:
        paths = [Path(path) for path in self._args.paths]
        found = find_images(paths, on_problem=self._missed)
        return list(_without_results(found, paths, self._output.folder))

    def _missed(self, problem: ImageError) -> None:
        self._console.problem(problem)
        self._reports.append(ImageReport(path=str(problem.path), error=str(problem)))

    def _open_model(self) -> OpenModel:
        self._console.progress("loading the model")
        model = open_model(model_choice(self._args))
        self._summary.update(model=model.label, device=model.device, precision=model.precision, threads=model.threads)
        if self._output.format == "cityscapes" and model.class_names != CITYSCAPES_CLASSES:
            raise _WrongUsage(
                f"--format cityscapes needs a model of the 19 Cityscapes classes; {model.label} has others"
            )
        return model

    def _thresholds(self, model: OpenModel) -> tuple[float, ...]:
        given: Sequence[float] = self._args.rho or (model.default_rho,)
        return expand_rho(given[0] if len(given) == 1 else given, stage_count=model.stage_count)

    def _one(
        self, path: Path, model: OpenModel, rho: tuple[float, ...], refiner: Refiner | None, names: OutputNames
    ) -> None:
        report = ImageReport(path=str(path), rho=list(rho))
        try:
            self._segment(path, report, model, refiner, names)
        except RhoscopeError as error:
            report.error = str(error)
        except MemoryError:
            report.error = f"{path}: not enough memory (try a smaller --max-side)"
        except RuntimeError as error:  # torch: out of device memory, among others; the other images may well be smaller
            report.error = f"{path}: {' '.join(str(error).split())[:300]}"
        self._reports.append(report)
        if report.error is not None:
            self._console.problem(report.error)

    def _segment(
        self, path: Path, report: ImageReport, model: OpenModel, refiner: Refiner | None, names: OutputNames
    ) -> None:
        start = time.perf_counter()
        image = read_image(path)
        report.height, report.width = image.rgb.shape[:2]
        report.notes = list(image.notes)
        stem, rival = names.take(path)
        result = model.segment(image.rgb, report.rho)
        result, crf_milliseconds, crf_note = refined(refiner, image.rgb, result)
        before = time.perf_counter()
        report.files = self._write(stem, image, result)
        encode_milliseconds = (time.perf_counter() - before) * 1000.0
        if self._args.contact_sheet is not None and len(self._rows) < _SHEET_ROWS:
            self._rows.append(sheet_row(path.name, image.rgb, result))
        report.shares = list(result.shares)
        report.classes = class_fractions(result.label_map, result.class_names)
        report.notes += [crf_note] if crf_note else []
        report.milliseconds = {
            "decode": image.milliseconds,
            **{key: value for key, value in result.milliseconds.items() if key.startswith("stage") or key == "merge"},
            "crf": crf_milliseconds,
            "encode": encode_milliseconds,
            "total": (time.perf_counter() - start) * 1000.0,
        }
        if rival is not None:
            report.notes.append(f"written as {stem}.png, {rival} has the name {path.stem}.png")
        self._tell(path, report)

    def _write(self, stem: str, image: DecodedImage, result: CascadeResult) -> dict[str, str]:
        folder, files = self._output.folder, {"label_map": f"{stem}.png"}
        write_label_map(
            folder / files["label_map"], result.label_map, format=self._output.format, palette=result.palette
        )
        if self._output.stages:
            files |= {"stage": f"{stem}.stage.png", "confidence": f"{stem}.confidence.png"}
            write_png(folder / files["stage"], deciding_stage_map(result))
            write_png(folder / files["confidence"], result.confidence)
        if self._output.overlay:
            picture = overlay(image.rgb, result.label_map, result.palette, opacity=_OVERLAY_OPACITY, outlines=True)
            as_jpeg = max(picture.shape) <= JPEG_LIMIT
            files["overlay"] = f"{stem}.overlay.{'jpg' if as_jpeg else 'png'}"
            (write_jpeg if as_jpeg else write_png)(folder / files["overlay"], picture)
        return {kind: str(folder / name) for kind, name in files.items()}

    def _write_contact_sheet(self, model: OpenModel) -> None:
        title = f"Rhoscope · {model.label} · {model.device}, {model.precision}"
        write_png(self._args.contact_sheet, contact_sheet(self._rows, title=title, stage_count=model.stage_count))

    def _tell(self, path: Path, report: ImageReport) -> None:
        shares = " / ".join(f"{100 * share:.0f}" for share in report.shares)
        largest = sorted(report.classes.items(), key=lambda item: -item[1])[:3]
        classes = ", ".join(f"{name} {100 * part:.0f} %" for name, part in largest)
        size, total = f"{report.width}×{report.height}", report.milliseconds["total"]
        self._console.say(f"{path.name}  {size}  stages {shares} %  {total:.0f} ms  {classes}")
        for note in report.notes:
            self._console.say(f"  {note}")


def _without_results(found: Iterator[Path], given: Sequence[Path], out: Path) -> Iterator[Path]:
    """Leaves out the results of earlier runs where --out lies inside a folder that is searched."""
    out = out.resolve()
    searched = {path.resolve() for path in given}
    inside = out not in searched and any(folder in out.parents for folder in searched)
    for path in found:
        if not inside or path in given or out not in path.resolve().parents:
            yield path


def _positive(text: str) -> int:
    return _whole(text, at_least=1)


def _not_negative(text: str) -> int:
    return _whole(text, at_least=0)


def _whole(text: str, *, at_least: int) -> int:
    try:
        value = int(text)
    except ValueError:
        value = at_least - 1
    if value < at_least:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number of {at_least} or more")
    return value
