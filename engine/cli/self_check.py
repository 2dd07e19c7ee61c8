"""rhoscope self-check: does this installation, or this packaged program, work from model to file?"""

from __future__ import annotations

import argparse
import importlib
import platform
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from engine.cascade.result import CascadeResult, UInt8
from engine.cli.console import DONE, SOME_FAILED, Console, quiet_stdout, write_json
from engine.data.images import read_image
from engine.data.label_files import read_label_map, write_label_map
from engine.errors import RhoscopeError
from engine.refine import DEFAULT_PRESET, PRESETS, CrfRequest, CrfWorker, crf_missing
from engine.resources import resource_path
from engine.version import VERSION

if TYPE_CHECKING:
    from engine.cascade.bundle import CascadeModel

_NEEDED: Final = ("numpy", "PIL", "cv2", "torch", "safetensors")
_PACKAGES: Final = (
    ("numpy", "numpy"),
    ("pillow", "pillow"),
    ("opencv", "opencv-python-headless"),
    ("torch", "torch"),
    ("safetensors", "safetensors"),
    ("PySide6", "PySide6-Essentials"),
    ("pydensecrf2", "pydensecrf2"),
)
_SAMPLE: Final = "cat.jpg"
_SAMPLE_CLASS: Final = "cat"
_REGION_TOLERANCE: Final = 1e-4  # of the largest score: float32 sums come in another order, batch norms are folded
_CRF_SECONDS: Final = 120.0


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = subparsers.add_parser(
        "self-check",
        help="check that this installation works",
        description="Loads the bundled model, segments a sample, compares region convolution with its reference, "
        "saves, reloads and tries the CRF. Exit code 0 = all well, 1 = a step failed.",
    )
    parser.add_argument(
        "--json", nargs="?", const="-", metavar="FILE", help='the steps as JSON; "-" for standard output'
    )
    parser.set_defaults(run=run)


@dataclass(frozen=True)
class Step:
    """One thing that was tried; `detail` says what was found, or why it failed."""

    name: str
    ok: bool
    milliseconds: float
    detail: str


class _CheckFailed(Exception):
    """A step ran, and its result is not what it has to be."""


def run(args: argparse.Namespace) -> int:
    console = Console("self-check")
    with quiet_stdout():
        steps = check_all(lambda step: console.say(_line(step)))
    ok = all(step.ok for step in steps)
    console.say("all well" if ok else "something is wrong, see above")
    if args.json is not None:
        write_json(args.json, {"ok": ok, "steps": [asdict(step) for step in steps], "versions": versions()})
    return DONE if ok else SOME_FAILED


def check_all(on_step: Callable[[Step], None]) -> list[Step]:
    """Every step in order. One that needs an earlier step's result fails with it, the others still run."""
    check = _Checks()
    steps = []
    for name, action in (
        ("imports", check.imports),
        ("model", check.load),
        ("segment", check.segment),
        ("region", check.region),
        ("save", check.save),
        ("reload", check.reload),
        ("crf", check.crf),
    ):
        steps.append(_tried(name, action))
        on_step(steps[-1])
    check.folder.cleanup()
    return steps


def versions() -> dict[str, str]:
    """What runs here: program, Python, system and packages ("missing" where one is not installed)."""
    found = {
        "rhoscope": VERSION,
        "python": platform.python_version(),
        "system": platform.platform(),
        "packaged": "yes" if getattr(sys, "frozen", False) else "no",
    }
    for name, distribution in _PACKAGES:
        try:
            found[name] = metadata.version(distribution)
        except metadata.PackageNotFoundError:
            # A packaged program holds the modules, but not always what the installer knew about them.
            found[name] = _module_version(name)
    return found


def _module_version(name: str) -> str:
    module = {"pillow": "PIL", "opencv": "cv2", "pydensecrf2": "pydensecrf"}.get(name, name)
    loaded = sys.modules.get(module)
    return str(getattr(loaded, "__version__", "unknown")) if loaded is not None else "missing"


def _tried(name: str, action: Callable[[], str]) -> Step:
    start = time.perf_counter()
    try:
        detail, ok = action(), True
    except (_CheckFailed, RhoscopeError) as error:
        detail, ok = str(error), False
    except Exception as error:  # noqa: BLE001 - whatever is wrong with the installation has to end up in the report
        detail, ok = f"{type(error).__name__}: {error}", False
    return Step(name, ok, (time.perf_counter() - start) * 1000.0, detail)


def _line(step: Step) -> str:
    return f"{'ok    ' if step.ok else 'FAILED'}  {step.name:<8}  {step.milliseconds:6.0f} ms  {step.detail}"


class _Checks:
    """The steps, each a function that returns what it found or raises, and what they hand on to each other."""

    def __init__(self) -> None:
        self.folder = tempfile.TemporaryDirectory(prefix="rhoscope-self-check-")
        self._model: CascadeModel | None = None
        self._photo: UInt8 | None = None
        self._result: CascadeResult | None = None

    def imports(self) -> str:
        for name in _NEEDED:
            importlib.import_module(name)
        return ", ".join(_NEEDED)

    def load(self) -> str:
        from engine.models.loading import load_model

        self._model = load_model("default")
        model = self._model
        return f"{model.info.label} on {model.device}, {model.precision}, {model.threads} threads"

    def segment(self) -> str:
        from engine.cascade.session import CascadeSession

        model = _have(self._model, "the model")
        photo = read_image(resource_path("samples", _SAMPLE)).rgb
        result = CascadeSession(model, photo).run(model.info.default_rho)
        self._photo, self._result = photo, result
        if result.label_map.shape != photo.shape[:2]:
            raise _CheckFailed(f"label map of {result.label_map.shape} for a photo of {photo.shape[:2]}")
        if abs(sum(result.shares) - 1.0) > 1e-6:
            raise _CheckFailed(f"the stages' shares sum to {sum(result.shares)}")
        main, share = _main_object(result)
        if main != _SAMPLE_CLASS:
            raise _CheckFailed(f"{_SAMPLE} was taken for {main}")
        return f"{_SAMPLE}: {main} {share:.0%}; stages {', '.join(f'{s:.0%}' for s in result.shares)}"

    def region(self) -> str:
        """Every stage as it runs (folded, packed) on a random region, against dense×mask of the plain network.

        The network for inference turns a masked field into rows as well, so it cannot be its own reference.
        """
        import torch

        from engine.cascade.fields import Masked, Rows, gather
        from engine.cascade.kernels.library import runs_region_steps
        from engine.cascade.region import RegionIndex
        from engine.models.checkpoints import load_into, read_checkpoint
        from engine.models.loading import checkpoint_path, for_inference
        from engine.models.registry import find_architecture

        path = checkpoint_path("default")
        checkpoint = read_checkpoint(path)
        architecture, variant = find_architecture(checkpoint.info.label)
        plain = architecture.build(variant, num_classes=len(checkpoint.info.class_names))
        load_into(plain, checkpoint.tensors, path=path)
        network = for_inference(plain, device="cpu", precision="fp32")
        plain.eval()
        generator = torch.Generator().manual_seed(0)
        worst = 0.0
        with torch.inference_mode():
            dense = plain.first(torch.randn(1, 3, 64, 96, generator=generator))
            mask = torch.rand(1, *dense.shape[2:], generator=generator) < 0.4
            index = RegionIndex.from_mask(mask)
            rows, masked = gather(dense, index), Masked(dense, mask.unsqueeze(1))
            for stage in range(2, network.stage_count + 1):
                deeper_rows, deeper_masked = network.deeper(stage, rows), plain.deeper(stage, masked)
                scores = network.classify(stage, deeper_rows)
                truth = plain.classify(stage, deeper_masked)
                if not (isinstance(deeper_rows, Rows) and isinstance(scores, Rows)):
                    raise _CheckFailed(f"stage {stage} left the region")
                if not (isinstance(deeper_masked, Masked) and isinstance(truth, Masked)):
                    raise _CheckFailed(f"stage {stage} of the reference left the mask")
                wanted = gather(truth.values, index).values
                worst = max(worst, float((scores.values - wanted).abs().max() / wanted.abs().max()))
                rows, masked = deeper_rows, deeper_masked
        if not worst <= _REGION_TOLERANCE:
            raise _CheckFailed(f"differs from the dense reference by {worst:.1e} of its largest score")
        by = "compiled kernels" if runs_region_steps(torch.float32) else "PyTorch's operators"
        return f"{len(index)} of {mask.numel()} cells by {by}, at most {worst:.0e} from the dense reference"

    def save(self) -> str:
        result = _have(self._result, "the label map")
        write_label_map(self._label_path, result.label_map, palette=result.palette)
        return f"{self._label_path.stat().st_size} bytes"

    def reload(self) -> str:
        saved = _have(self._result, "the label map").label_map
        if not np.array_equal(read_label_map(self._label_path), saved):
            raise _CheckFailed("the label map read back differs from the one saved")
        return f"{saved.shape[1]}×{saved.shape[0]} pixels equal"

    def crf(self) -> str:
        """A small CRF in its worker process; that it is not installed is no fault, and said."""
        missing = crf_missing()
        if missing is not None:
            return missing
        result, photo = _have(self._result, "the label map"), _have(self._photo, "the photo")
        worker = CrfWorker()
        try:
            refined = worker.submit(
                CrfRequest(
                    rgb=np.ascontiguousarray(photo[::4, ::4]),
                    probabilities=result.probabilities,
                    label_map=np.ascontiguousarray(result.label_map[::4, ::4]),
                    hard=result.hard,
                    mode="full",
                    parameters=PRESETS[DEFAULT_PRESET],
                )
            ).result(_CRF_SECONDS)
        finally:
            worker.close()
        return f"worker process works, {refined.changed.mean():.1%} of the pixels changed"

    @property
    def _label_path(self) -> Path:
        return Path(self.folder.name) / "label map ρ.png"


def _main_object(result: CascadeResult) -> tuple[str, float]:
    """The largest class but the background, with its share of the pixels."""
    counts = np.bincount(result.label_map.ravel(), minlength=256)[: len(result.class_names)]
    counts[0] = 0
    largest = int(counts.argmax())
    return result.class_names[largest], float(counts[largest]) / result.label_map.size


def _have(value: Any, what: str) -> Any:
    if value is None:
        raise _CheckFailed(f"not tried: {what} is missing, see above")
    return value
