"""The engine with torch behind the window's protocol."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from app.services.compute_options import ComputeOptions
from app.services.engine_protocol import EngineMemoryError
from app.services.torch_backend import TorchBackend, TorchModel, _TorchSession, device_text
from engine.cancel import CancelToken
from engine.errors import CheckpointError
from tests.app.fakes import fake_summary

ROOT = Path(__file__).resolve().parents[3]


def in_a_fresh_process(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_window_starts_without_torch_and_without_opencv() -> None:
    loaded = in_a_fresh_process(
        """
        import sys
        from app.explore.model import ExploreModel
        from app.services.torch_backend import TorchBackend
        TorchBackend()
        print([name for name in ("torch", "cv2", "PIL", "pydensecrf") if name in sys.modules])
        """
    )
    assert loaded.strip() == "[]"


def test_loading_torch_does_not_stop_other_threads() -> None:
    """An ordinary import stops them for 200 to 400 ms; what is left is torch's own start-up."""
    longest = in_a_fresh_process(
        """
        import threading, time
        from tests.app.responsive import Heartbeat, run_loop_until
        from PySide6.QtCore import QCoreApplication
        from app.services.torch_start import import_torch
        app = QCoreApplication([])
        heart = Heartbeat()
        thread = threading.Thread(target=import_torch)
        thread.start()
        run_loop_until(lambda: not thread.is_alive())
        heart.stop()
        print(heart.longest)
        """
    )
    assert float(longest) < 150.0


def test_a_missing_checkpoint_is_named(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError) as caught:
        TorchBackend(ComputeOptions(device="cpu")).load_model(str(tmp_path / "gone.safetensors"))
    assert caught.value.path == tmp_path / "gone.safetensors"


@pytest.mark.parametrize(
    ("device", "threads", "precision", "text"),
    [("cpu", 2, "bf16", "CPU, 2 threads, bf16"), ("cpu", 1, "fp32", "CPU, 1 thread, fp32")],
)
def test_the_device_in_words(device: str, threads: int, precision: str, text: str) -> None:
    model = SimpleNamespace(device=device, threads=threads, precision=precision)
    assert device_text(cast("Any", model)) == text


@pytest.mark.parametrize(
    "message",
    [
        "[enforce fail at alloc_cpu.cpp:118] err == 0. DefaultCPUAllocator: can't allocate memory: you tried",
        None,
    ],
)
def test_a_shortage_of_memory_has_a_type(message: str | None) -> None:
    import torch

    failure = torch.OutOfMemoryError("CUDA out of memory") if message is None else RuntimeError(message)

    def run(*args: object, **options: object) -> None:
        raise failure

    session = _TorchSession(cast("Any", SimpleNamespace(run=run)))
    with pytest.raises(EngineMemoryError) as caught:
        session.run(0.9, cancel=CancelToken(), on_stage=lambda result: None)
    assert caught.value.__context__ is None


def test_other_failures_pass() -> None:
    def run(*args: object, **options: object) -> None:
        raise RuntimeError("shapes differ")

    session = _TorchSession(cast("Any", SimpleNamespace(run=run)))
    with pytest.raises(RuntimeError, match="shapes differ"):
        session.run(0.9, cancel=CancelToken(), on_stage=lambda result: None)


def test_a_real_cascade_runs_behind_the_protocol() -> None:
    import torch

    from engine.cascade.bundle import CascadeModel, ModelInfo
    from engine.cascade.layer_cascade import LayerCascade
    from engine.data.palettes import VOC_CLASSES, voc_palette
    from engine.models.loading import for_inference
    from engine.models.registry import find_architecture

    torch.manual_seed(0)
    architecture, variant = find_architecture("lc-mobilenetv2")
    network = for_inference(architecture.build(variant, num_classes=21), device="cpu", precision="fp32")
    mean, std = architecture.normalisation[variant]
    info = ModelInfo(architecture.name, variant, architecture.title, VOC_CLASSES, voc_palette()[:21], mean, std, 0.985)
    model = TorchModel(CascadeModel(info, LayerCascade(network), "cpu", "fp32", 1), fake_summary())
    rgb = np.random.default_rng(0).integers(0, 256, (64, 96, 3), dtype=np.uint8)
    session = model.open_session(rgb)
    early: list[int] = []
    result = session.run(0.5, cancel=CancelToken(), on_stage=lambda partial: early.append(len(partial.stages)))
    assert result.complete
    assert result.label_map.shape == (64, 96)
    assert early == [1, 2]
