"""All the layer-cascade paper's experiments on a trained model from one pass over a labelled data set.

Each image is computed densely once, for the stages alone and the easy, moderate and hard sets, and at every ρ once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from engine.cancel import CancelToken
from engine.cascade.bundle import CascadeModel
from engine.data.samples import LabelledImage, SegmentationData
from engine.evaluation.difficulty import Difficulty, DifficultyCounts
from engine.evaluation.evaluate import ScoringOptions, answers_of, each_image
from engine.evaluation.stage_classes import StageClassCounts, StageClasses
from engine.evaluation.tally import Evaluation, Tally
from engine.evaluation.views import Views
from engine.refine.resampling import upsampled


@dataclass(frozen=True)
class Analysis:
    """Attributes:
    rho: the ρ of `stage_classes`, one of those of the evaluation.
    evaluation: rows by ρ (sweep, times) and the stages alone.
    difficulty: by the dense last stage.
    """

    rho: float
    evaluation: Evaluation
    difficulty: Difficulty
    stage_classes: StageClasses


def analyse(
    model: CascadeModel,
    data: SegmentationData,
    *,
    rho: float,
    rhos: Sequence[float],
    max_side: int | None = None,
    indices: Sequence[int] | None = None,
    on_image: Callable[[int, int], None] | None = None,
    cancel: CancelToken | None = None,
) -> Analysis:
    """Runs all experiments; images that cannot be read are named and left out.

    Args:
        rho: of the classes by stage, in general the model's own.
        rhos: of the sweep and the times; `rho` is added where it is missing.
        max_side: working size, see Views.
        indices, on_image, cancel: as for evaluate_model.
    """
    names = tuple(data.class_names)
    values = tuple(dict.fromkeys((*rhos, rho)))
    stage_count = model.cascade.stage_count
    options = ScoringOptions(views=Views(max_side=max_side), boundary=True, dense_stages=True)
    tally = Tally(values, class_count=len(names), stage_count=stage_count, boundary=True, dense_stages=True)
    difficulty, stage_classes = DifficultyCounts(len(names)), StageClassCounts(len(names), stage_count)
    token = cancel or CancelToken()

    def count(sample: LabelledImage) -> None:
        answers = answers_of(sample, model, rhos=values, options=options, cancel=token)
        dense = answers.stages[-1]
        height, width = sample.labels.shape
        confidence = upsampled(dense.probabilities, (height, width)).max(axis=0)
        tally.add(sample.labels, answers)
        difficulty.add(sample.labels, dense.label_map, confidence)
        stage_classes.add(sample.labels, answers.at_rho[values.index(rho)].deciding_stage)

    complete = each_image(data, count, failed=tally.failed, indices=indices, on_image=on_image, cancel=token)
    return Analysis(
        rho=rho,
        evaluation=tally.evaluation(complete=complete),
        difficulty=difficulty.summary(names),
        stage_classes=stage_classes.summary(names, rho=rho),
    )
