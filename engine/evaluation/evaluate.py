"""Runs a cascade over a labelled data set and scores it, for one ρ or a sweep."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Protocol as Interface

import numpy as np
import torch

from engine.cancel import Cancelled, CancelToken
from engine.cascade.bundle import CELLS, CORNERS, CascadeModel, ModelInfo, Precision
from engine.cascade.layer_cascade import LayerCascade
from engine.cascade.result import UInt8
from engine.data.samples import LabelledImage, SegmentationData
from engine.errors import DataError
from engine.evaluation.protocols import Protocol, protocol_answer
from engine.evaluation.tally import Evaluation, RhoRow, Tally
from engine.evaluation.views import Answer, ImageAnswers, PhotoViews, Views

__all__ = ["Evaluation", "Preparation", "RhoRow", "ScoringOptions", "evaluate", "evaluate_model", "tally_images"]

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Preparation:
    """How pixels reach the network.

    Attributes:
        mean, std: normalisation of RGB in 0..1.
        max_side: working size, see tiling.working_size; None = each photo's own size.
        cells_on_corners: see ModelInfo.
    """

    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    device: str = "cpu"
    dtype: torch.dtype = torch.float32
    max_side: int | None = None
    cells_on_corners: bool = False


class Refine(Interface):
    def __call__(self, rgb: UInt8, answer: Answer) -> UInt8:
        """The answer's label map, refined: H×W uint8."""
        ...


Watch = Callable[[LabelledImage, ImageAnswers], None]


@dataclass(frozen=True, kw_only=True)
class ScoringOptions:
    """What is computed and counted for each image.

    Attributes:
        views: scales, mirroring, working size.
        boundary: also boundary IoU.
        dense_stages: also score each stage alone on every cell (never refined).
        refine: applied to each answer before it is scored, e.g. a CRF; its time counts.
        keep: given each image's name, ρ and final label map.
        protocol: a reference's own way of testing in place of `views`; stages alone are then not scored.
        watch: given each image with its truth and everything that was computed for it, once it is counted.
    """

    views: Views = field(default_factory=Views)
    boundary: bool = False
    dense_stages: bool = False
    refine: Refine | None = None
    keep: Callable[[str, float, UInt8], None] | None = None
    protocol: Protocol | None = None
    watch: Watch | None = None


def evaluate(
    cascade: LayerCascade,
    data: SegmentationData,
    *,
    rhos: Sequence[float],
    preparation: Preparation,
    dense_stages: bool = False,
    indices: Sequence[int] | None = None,
    on_image: Callable[[int, int], None] | None = None,
    watch: Watch | None = None,
    over_all: Callable[[Tally], Tally] | None = None,
) -> Evaluation:
    """Scores a bare cascade, e.g. one in training, plainly; arguments as for evaluate_model."""
    model = _bundled(cascade, data, preparation)
    views = Views(max_side=preparation.max_side or 0)
    options = ScoringOptions(views=views, dense_stages=dense_stages, watch=watch)
    return evaluate_model(
        model, data, rhos=rhos, options=options, indices=indices, on_image=on_image, over_all=over_all
    )


def evaluate_model(
    model: CascadeModel,
    data: SegmentationData,
    *,
    rhos: Sequence[float],
    options: ScoringOptions | None = None,
    indices: Sequence[int] | None = None,
    on_image: Callable[[int, int], None] | None = None,
    cancel: CancelToken | None = None,
    over_all: Callable[[Tally], Tally] | None = None,
) -> Evaluation:
    """Scores a model at the labels' own size: probabilities are interpolated, labels never.

    Stage 1 is computed once an image and shared by all values of ρ. Images are computed one at a time, so nothing
    depends on a batch size. An image that cannot be read is named and left out.

    Args:
        model: in eval mode, of the data's classes.
        indices: which images; None = all.
        on_image: called with (done, total).
        cancel: ends the evaluation after the images done; it is then not complete.
        over_all: makes the tally of this process's images that of all processes.
    """
    settings = options or ScoringOptions()
    tally = Tally(
        rhos,
        class_count=len(data.class_names),
        stage_count=model.cascade.stage_count,
        boundary=settings.boundary,
        dense_stages=settings.dense_stages and settings.protocol is None,
    )
    complete = tally_images(
        tally, model, data, options=settings, indices=indices, on_image=on_image, cancel=cancel or CancelToken()
    )
    return (tally if over_all is None else over_all(tally)).evaluation(complete=complete)


def tally_images(
    tally: Tally,
    model: CascadeModel,
    data: SegmentationData,
    *,
    options: ScoringOptions,
    indices: Sequence[int] | None,
    on_image: Callable[[int, int], None] | None = None,
    cancel: CancelToken,
) -> bool:
    """Adds images to a tally, each wholly or not at all; False where it was cancelled on the way."""

    def count(sample: LabelledImage) -> None:
        answers = answers_of(sample, model, rhos=tally.rhos, options=options, cancel=cancel)
        tally.add(sample.labels, answers)
        if options.watch is not None:
            options.watch(sample, answers)

    return each_image(data, count, failed=tally.failed, indices=indices, on_image=on_image, cancel=cancel)


def each_image(
    data: SegmentationData,
    work: Callable[[LabelledImage], None],
    *,
    failed: list[str],
    indices: Sequence[int] | None,
    on_image: Callable[[int, int], None] | None,
    cancel: CancelToken,
) -> bool:
    """Loads the images one after another and hands them to `work`, which must do all or nothing before it raises.

    Args:
        failed: names of images that cannot be read are added here.
        on_image: called with (done, total) after each.

    Returns:
        False where it was cancelled on the way.
    """
    chosen = range(len(data)) if indices is None else indices
    try:
        for done, (name, sample) in enumerate(_loaded(data, chosen, cancel), start=1):
            if sample is None:
                failed.append(name)
            else:
                work(sample)
            if on_image is not None:
                on_image(done, len(chosen))
    except Cancelled:
        return False
    return True


def _loaded(
    data: SegmentationData, chosen: Sequence[int], cancel: CancelToken
) -> Iterator[tuple[str, LabelledImage | None]]:
    for index in chosen:
        cancel.check()
        try:
            sample = data.load(index)
        except DataError as error:
            _log.warning("left out of the evaluation: %s", error)
            yield data.name(index), None
        else:
            yield sample.name, sample


def answers_of(
    sample: LabelledImage, model: CascadeModel, *, rhos: Sequence[float], options: ScoringOptions, cancel: CancelToken
) -> ImageAnswers:
    """Everything that is computed for one image; raises Cancelled where the token is set on the way."""
    answered: Callable[[float], Answer]
    stages: list[Answer] = []
    if options.protocol is not None:
        answered = partial(protocol_answer, model, sample.rgb, options.protocol, cancel=cancel)
    else:
        photo = PhotoViews(model, sample.rgb, options.views)
        stages = photo.dense_stages(cancel=cancel) if options.dense_stages else []
        answered = partial(photo.run, cancel=cancel)
    answers: list[Answer] = []
    for rho in rhos:
        answer = answered(rho)
        if options.refine is not None:
            answer = _refined(options.refine, sample.rgb, answer)
        if options.keep is not None:
            options.keep(sample.name, rho, answer.label_map)
        answers.append(answer)
    return ImageAnswers(stages=tuple(stages), at_rho=tuple(answers))


def _refined(refine: Refine, rgb: UInt8, answer: Answer) -> Answer:
    before = time.perf_counter()
    labels = refine(rgb, answer)
    return replace(answer, label_map=labels, total_ms=answer.total_ms + 1000.0 * (time.perf_counter() - before))


def _bundled(cascade: LayerCascade, data: SegmentationData, preparation: Preparation) -> CascadeModel:
    info = ModelInfo(
        name="cascade",
        variant="",
        title="",
        class_names=tuple(data.class_names),
        palette=np.asarray(data.palette),
        mean=preparation.mean,
        std=preparation.std,
        default_rho=1.0,
        metadata={CELLS: CORNERS} if preparation.cells_on_corners else {},
    )
    precision: Precision = "bf16" if preparation.dtype == torch.bfloat16 else "fp32"
    return CascadeModel(info, cascade, preparation.device, precision, torch.get_num_threads())
