"""The cascade panel: ρ, what each stage did, which map is shown, the CRF, and the classes found."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QFrame,
    QLabel,
    QMenu,
    QScrollArea,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.canvas.maps import CASCADE_KINDS, MapChoice, MapKind
from app.explore.model import ExploreModel
from app.explore.views import CrfView, ModelSummary, UInt8
from app.panels.class_list import ClassList, ClassShare, class_shares
from app.panels.map_key import MapKey
from app.panels.rho_slider import RhoControl
from app.panels.segmented import Choice, SegmentedControl
from app.panels.stage_rows import StageRows, shown_milliseconds, shown_share, stage_figures
from app.shell.icons import icon
from engine.cascade.result import CascadeResult


class CascadePanel(QWidget):
    """Shows the model's state and asks it for changes; what map to show it leaves to its owner.

    Args:
        model: watched and asked.
        model_menu: what the button with the model's name opens.

    Signals:
        kindChosen(object): MapKind.
        changesToggled(bool): show where the CRF changed labels.
        isolated(object): class id, or None.
    """

    kindChosen = Signal(object)
    changesToggled = Signal(bool)
    isolated = Signal(object)

    def __init__(self, model: ExploreModel, *, model_menu: QMenu, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("cascadePanel")
        self._model = model
        self.model_button = QToolButton(self)
        self.model_button.setObjectName("modelButton")
        self.model_button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.model_button.setIcon(icon("layers-triple-outline"))
        self.model_button.setMenu(model_menu)
        self.model_button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.model_button.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.model_button.setAccessibleName(self.tr("Model"))
        self.rho = RhoControl(self)
        self.one_stage = QLabel(
            self.tr("A network of one stage: it decides every pixel, so there is no threshold."), self
        )
        self.one_stage.setWordWrap(True)
        self.one_stage.setProperty("quiet", True)
        self.stages = StageRows(self)
        self.kinds = SegmentedControl(
            [
                Choice(MapKind.LABELS.value, self.tr("Labels"), self.tr("The class of every pixel")),
                Choice(
                    MapKind.STAGES.value,
                    self.tr("Stages"),
                    self.tr("Which stage decided every pixel"),
                ),
                Choice(
                    MapKind.CONFIDENCE.value,
                    self.tr("Confidence"),
                    self.tr("How sure the deciding stage was"),
                ),
                Choice(
                    MapKind.HARD.value,
                    self.tr("Hard"),
                    self.tr("The pixels that no stage but the last was sure about"),
                ),
            ],
            name=self.tr("Map over the photo"),
            parent=self,
        )
        self.key = MapKey(self)
        self.crf = SegmentedControl(
            [
                Choice("off", self.tr("Off"), self.tr("The cascade's own answer")),
                Choice("hard", self.tr("Hard pixels"), self.tr("The CRF may change hard pixels only")),
                Choice("full", self.tr("Full"), self.tr("The CRF may change every pixel")),
            ],
            name=self.tr("CRF refinement"),
            parent=self,
        )
        self.changes = QCheckBox(self.tr("Show what it changed"), self)
        self.changes.setEnabled(False)
        self.crf_note = QLabel(self)
        self.crf_note.setWordWrap(True)
        self.crf_note.setProperty("quiet", True)
        self.classes = ClassList(self)
        self.no_classes = QLabel(self.tr("Classes appear here once a photo is segmented."), self)
        self.no_classes.setWordWrap(True)
        self.no_classes.setProperty("quiet", True)
        self._lay_out()
        self._connect()
        self.one_stage.hide()
        self._take_model(model.model_summary)
        self.rho.set_rho(model.rho)
        self.crf.set_value(model.crf_mode)
        self._tell_crf()
        self._take_result(model.result)

    def show_choice(self, choice: MapChoice) -> None:
        """Shows what the canvas shows."""
        self.kinds.set_value(choice.kind.value)
        self.changes.blockSignals(True)
        self.changes.setChecked(choice.changes)
        self.changes.blockSignals(False)
        self.classes.blockSignals(True)
        self.classes.set_isolated(choice.isolated)
        self.classes.blockSignals(False)
        self.key.show_kind(choice.kind, stage_count=len(self.stages.rows), changes=choice.changes)

    def sizeHint(self) -> QSize:
        return QSize(316, 640)

    def minimumSizeHint(self) -> QSize:
        return QSize(264, 200)

    def _lay_out(self) -> None:
        body = QWidget(self)
        body.setObjectName("panelBody")
        column = QVBoxLayout(body)
        column.setContentsMargins(16, 10, 16, 16)
        column.setSpacing(8)
        column.addWidget(self.rho)
        column.addWidget(self.one_stage)
        column.addSpacing(6)
        column.addWidget(self.stages)
        for title, widgets in (
            (self.tr("View"), [self.kinds, self.key]),
            (self.tr("CRF"), [self.crf, self.changes, self.crf_note]),
            (self.tr("Classes"), [self.classes, self.no_classes]),
        ):
            column.addWidget(_section_line(body))
            heading = QLabel(title, body)
            heading.setProperty("heading", True)
            column.addWidget(heading)
            for widget in widgets:
                column.addWidget(widget)
        column.addStretch(1)
        scroll = QScrollArea(self)
        scroll.setWidget(body)
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        head = QVBoxLayout(self)
        head.setContentsMargins(0, 0, 0, 0)
        head.setSpacing(0)
        head.addWidget(scroll, 1)

    def _connect(self) -> None:
        model = self._model
        self.rho.rhoChosen.connect(model.set_rho)
        self.kinds.chosen.connect(lambda value: self.kindChosen.emit(MapKind(value)))
        self.crf.chosen.connect(model.set_crf_mode)
        self.changes.toggled.connect(self.changesToggled)
        self.classes.isolated.connect(self.isolated)
        model.rhoChanged.connect(self.rho.set_rho)
        model.modelChanged.connect(self._take_model)
        model.resultChanged.connect(self._take_result)
        model.sharesChanged.connect(self._tell_stages)
        model.crfModeChanged.connect(self._take_crf_mode)
        model.crfChanged.connect(self._take_crf)

    def _take_model(self, summary: ModelSummary | None) -> None:
        if summary is None:
            missing = self._model.model_missing
            self.model_button.setText(self.tr("No model") if missing else self.tr("Loading…"))
            self.model_button.setToolTip(
                self.tr("No model is loaded. Choose one here.") if missing else self.tr("The model is being loaded")
            )
            return
        self.model_button.setText(summary.label)
        facts = "\n".join(f"{name}: {value}" for name, value in summary.facts)
        self.model_button.setToolTip(f"{summary.title}\n{summary.label}\n{summary.device}\n{facts}".strip())
        self.rho.set_default(summary.default_rho)
        self._tell_kind(summary)
        self._tell_stages(None)

    def _tell_kind(self, summary: ModelSummary | None) -> None:
        """What a cascade alone has is not offered for a network of one stage."""
        single = summary is not None and summary.stage_count == 1
        self.rho.setVisible(not single)
        self.one_stage.setVisible(single)
        for kind in CASCADE_KINDS:
            self.kinds.segment(kind.value).setEnabled(not single)
        if single and self.kinds.value in {kind.value for kind in CASCADE_KINDS}:
            self.kindChosen.emit(MapKind.LABELS)
        if single and self._model.crf_mode == "hard":
            self._model.set_crf_mode("off")
        self._tell_crf()

    def _take_result(self, result: CascadeResult | None) -> None:
        self._tell_stages(self._model.shares if result is not None else None)
        self._count_classes()

    def _tell_stages(self, shares: tuple[float, ...] | None) -> None:
        result, summary = self._model.result, self._model.model_summary
        if result is None:
            count = summary.stage_count if summary is not None else len(self.stages.rows)
            self.stages.set_rows(stage_figures(count, shares=None, milliseconds={}, finished=0))
            self.stages.set_total(None)
            return
        self.stages.set_rows(
            stage_figures(
                result.stage_count,
                shares=result.shares if shares is None else shares,
                milliseconds=result.milliseconds,
                finished=len(result.stages),
            )
        )
        self.stages.set_total(result.milliseconds.get("total") if result.complete else None)

    def _take_crf_mode(self, mode: str) -> None:
        self.crf.set_value(mode)
        self._tell_crf()

    def _take_crf(self, _crf: CrfView | None) -> None:
        self._tell_crf()
        self._count_classes()

    def _tell_crf(self) -> None:
        missing, crf = self._model.crf_missing, self._model.crf
        summary = self._model.model_summary
        single = summary is not None and summary.stage_count == 1
        self.crf.segment("full").setEnabled(missing is None)
        # Every pixel is hard to a network of one stage: "hard" and "full" would be the same.
        self.crf.segment("hard").setEnabled(missing is None and not single)
        self.changes.setEnabled(crf is not None)
        if missing is not None:
            text = missing
        elif crf is not None:
            text = self.tr("Refined in %1").replace("%1", shown_milliseconds(crf.milliseconds))
            self._count_changes(crf)
        elif self._model.crf_mode != "off" and self._model.result is not None:
            text = self.tr("Refining…")
        else:
            text = ""
        self.crf_note.setText(text)
        self.crf_note.setVisible(bool(text))

    def _count_changes(self, crf: CrfView) -> None:
        def count() -> float:
            return float(np.count_nonzero(crf.changed)) / max(1, crf.changed.size)

        def tell(share: float) -> None:
            if self._model.crf is crf:
                text = self.tr("%1 of the pixels changed, %2").replace("%1", shown_share(share))
                self.crf_note.setText(text.replace("%2", shown_milliseconds(crf.milliseconds)))

        self._model.run_in_background("panel.changes", count, tell)

    def _count_classes(self) -> None:
        result, labels = self._model.result, self._model.final_labels
        if result is None or labels is None:
            self._show_classes(())
            return
        names, palette = result.class_names, result.palette

        def count(labels: UInt8 = labels) -> tuple[ClassShare, ...]:
            return class_shares(labels, names=names, palette=palette)

        self._model.run_in_background("panel.classes", count, self._show_classes)

    def _show_classes(self, rows: tuple[ClassShare, ...]) -> None:
        self.classes.set_rows(rows)
        self.classes.setVisible(bool(rows))
        self.no_classes.setVisible(not rows)


def _section_line(parent: QWidget) -> QFrame:
    line = QFrame(parent)
    line.setProperty("hairline", True)
    return line
