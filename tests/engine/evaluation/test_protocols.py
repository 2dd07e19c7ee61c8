"""The references' protocols: each equals its own definition, for networks of one stage and for cascades."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from engine.cancel import Cancelled, CancelToken
from engine.cascade.bundle import CascadeModel
from engine.cli.main import main
from engine.cli.protocols import NAMES
from engine.data.label_files import write_png
from engine.errors import SettingError
from engine.evaluation.protocols import (
    PROTOCOLS,
    PaddedWhole,
    Protocol,
    find_protocol,
    padded_probabilities,
    protocol_answer,
)
from engine.evaluation.sliding_window import SlidingWindow
from tests.engine.cascade.one_stage import one_stage_model
from tests.engine.cli.scored_model import use_voc_model, voc_model
from tests.engine.data.voc_folder import write_voc

SMALL_WINDOW = Protocol("windows", SlidingWindow(crop=65, base_side=96, scales=(0.75, 1.0)))


def photo(height: int = 90, width: int = 70) -> np.ndarray:
    return np.random.default_rng(3).integers(0, 256, (height, width, 3), dtype=np.uint8)


def normalised(model: CascadeModel, rgb: np.ndarray) -> Tensor:
    mean, std = (torch.tensor(v) for v in (model.info.mean, model.info.std))
    return ((torch.from_numpy(rgb).float() / 255 - mean) / std).permute(2, 0, 1)


def test_names_of_the_command_are_those_of_the_engine() -> None:
    assert tuple(PROTOCOLS) == NAMES
    with pytest.raises(SettingError, match=r"no protocol 'psp'.*pspnet-voc"):
        find_protocol("psp")


def test_deeplab_pads_to_513_with_the_mean_and_places_cells_on_every_eighth_pixel() -> None:
    model, rgb = one_stage_model(), photo()
    with torch.inference_mode():
        found = protocol_answer(model, rgb, PROTOCOLS["deeplab"], 1.0)
        padded = F.pad(normalised(model, rgb), (0, 513 - 70, 0, 513 - 90))[None]
        scores = model.cascade.network.all_scores(padded)[0]
        # The stand-in's grid has no cell for the last pixel, which a dilated ResNet has.
        wanted = torch.softmax(F.interpolate(scores, (513, 513), mode="bilinear", align_corners=True), dim=1)
    assert np.allclose(found.probabilities, wanted[0, :, :90, :70].numpy(), atol=1e-5)
    assert found.label_map.shape == (90, 70)
    assert found.probabilities.sum(axis=0) == pytest.approx(1.0, abs=1e-4)


def test_scales_are_fused_by_their_highest_scores() -> None:
    sizes: list[tuple[int, ...]] = []

    def scores_of(images: Tensor) -> Tensor:
        sizes.append(tuple(images.shape[2:]))
        scores = torch.zeros(1, 3, *images.shape[2:])
        scores[:, len(sizes) - 1] = float(len(sizes))
        return scores

    found = padded_probabilities(scores_of, torch.zeros(3, 40, 40), PaddedWhole(65, scales=(1.0, 0.75, 0.5)))
    assert sizes == [(65, 65), (49, 49), (33, 33)]
    assert torch.allclose(found[:, 0, 0], torch.softmax(torch.tensor([1.0, 2.0, 3.0]), dim=0))
    sizes.clear()
    mean = padded_probabilities(
        scores_of, torch.zeros(3, 40, 40), PaddedWhole(65, scales=(1.0, 0.5, 0.25), fusion="mean")
    )
    each = [torch.softmax(torch.eye(3)[n] * (n + 1.0), dim=0) for n in range(3)]
    assert torch.allclose(mean[:, 0, 0], torch.stack(each).mean(dim=0))


def test_a_mirrored_view_is_turned_back() -> None:
    def brightness(images: Tensor) -> Tensor:
        return torch.stack([images[:, 0], -images[:, 0]], dim=1)

    image = torch.randn(3, 32, 64)
    plain = padded_probabilities(brightness, image, PaddedWhole(remainder=0))
    both = padded_probabilities(brightness, image, PaddedWhole(remainder=0, mirror=True, fusion="mean"))
    assert torch.allclose(plain, both, atol=1e-6)
    assert torch.allclose(plain, torch.softmax(brightness(image[None])[0], dim=0), atol=1e-6)


@pytest.mark.parametrize("name", ["exfuse", "deeplab-msc", "layer-cascade-ms"])
@pytest.mark.parametrize("stride", [1, 8])
def test_any_network_and_size_gets_an_answer(name: str, stride: int) -> None:
    with torch.inference_mode():
        found = protocol_answer(one_stage_model(stride=stride), photo(35, 50), PROTOCOLS[name], 1.0)
    assert found.probabilities.shape == (21, 35, 50)
    assert found.decided.sum() > 0


def test_a_cascade_at_rho_one_answers_with_its_last_stage() -> None:
    model, rgb = voc_model(), photo()
    with torch.inference_mode():
        found = protocol_answer(model, rgb, SMALL_WINDOW, 1.0)

        class Last(torch.nn.Module):
            stage_count, stride, num_classes = 1, 8, 21

            def all_scores(self, image: Tensor) -> list[Tensor]:
                return [model.cascade.network.all_scores(image)[-1]]

        alone = one_stage_model()
        alone.cascade.network = Last()  # type: ignore[assignment]
        alone = CascadeModel(model.info, alone.cascade, "cpu", "fp32", 1)
        wanted = protocol_answer(alone, rgb, SMALL_WINDOW, 1.0)
    assert np.allclose(found.probabilities, wanted.probabilities, atol=1e-5)
    assert found.decided[:2].sum() == 0
    assert len(found.stage_ms) == 3


def test_rho_moves_the_shares() -> None:
    model = voc_model()
    with torch.inference_mode():
        easy = protocol_answer(model, photo(), SMALL_WINDOW, 0.0)
        some = protocol_answer(model, photo(), SMALL_WINDOW, model.info.default_rho)
    assert easy.decided[1:].sum() == 0
    assert (some.decided > 0).sum() >= 2
    assert some.decided.sum() == easy.decided.sum()


def test_it_stops_between_windows() -> None:
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        protocol_answer(voc_model(), photo(), SMALL_WINDOW, 1.0, cancel=token)


def test_eval_and_predict_take_a_protocol(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    use_voc_model(monkeypatch)
    root = write_voc(tmp_path / "data", val=("a", "b"))
    base = ["eval", "--dataset", "voc", "--root", str(root), "--split", "val", "--json", "-"]
    assert main([*base, "--protocol", "exfuse"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["protocol"] == "exfuse"
    assert report["stages"] == []
    assert main([*base, "--protocol", "exfuse", "--flip"]) == 1
    assert "has its own sizes and scales" in capsys.readouterr().err
    image = tmp_path / "a.png"
    write_png(image, photo())
    out = ["predict", str(image), "--out", str(tmp_path / "out"), "--protocol", "exfuse", "--json", "-"]
    assert main(out) == 0
    (found,) = json.loads(capsys.readouterr().out)["images"]
    assert (found["width"], found["height"]) == (70, 90)
    assert sum(found["shares"]) == pytest.approx(1.0)
    assert (tmp_path / "out" / "a.png").is_file()
    assert main([*out, "--stages"]) == 2
    assert main([*out, "--crf", "hard"]) == 1
