"""All about one model: what it is, what it costs, where its weights are, and what one can do with it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from app.library.library import Library
from app.panels.cost_bars import CostBars, CostRow
from app.panels.import_panel import ImportPanel
from app.services.model_library import CatalogueEntry, ModelDescription
from app.shell.fonts import figures, sized
from app.shell.icons import icon
from engine.errors import RhoscopeError

_WIDTH = 860  # of the column of text; beyond it lines grow too long to read


class _Figure(QWidget):
    """A number with what it counts below it."""

    def __init__(self, caption: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.value = QLabel("–", self)
        self.value.setFont(figures(sized(self.font(), 1.45, bold=True)))
        self.value.setAccessibleName(caption)
        words = QLabel(caption, self)
        words.setProperty("quiet", True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.value)
        column.addWidget(words)


class ModelPage(QWidget):
    """Shows the library's selected model.

    Signals:
        useRequested(object): CatalogueEntry to be used in Explore.
        importRequested(): choose a file to import.
        compareRequested(): compare this model with another.
    """

    useRequested = Signal(object)
    importRequested = Signal()
    compareRequested = Signal()

    def __init__(self, library: Library, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("modelPage")
        self._library = library
        self._in_use = ""
        self.name = QLabel(self)
        self.name.setFont(sized(self.font(), 1.7, bold=True))
        self.name.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.title = _wrapped(self)
        self.source = _wrapped(self, quiet=True)
        self.use = QPushButton(self.tr("Use in Explore"), self)
        self.use.setProperty("primary", True)
        self.take = QPushButton(self.tr("Import weights…"), self)
        self.take.setIcon(icon("tray-arrow-down"))
        self.compare = QPushButton(self.tr("Compare…"), self)
        self.compare.setIcon(icon("compare"))
        self.compare.setToolTip(self.tr("This model beside another on the photo that Explore shows"))
        self.weights = _wrapped(self)
        self.params = _Figure(self.tr("parameters"), self)
        self.inference = _Figure(self.tr("of them at inference"), self)
        self.macs = _Figure(self.tr("multiply-adds at 512 × 512"), self)
        self.stages = _Figure(self.tr("stages"), self)
        self.classes = _Figure(self.tr("classes"), self)
        self.panel = ImportPanel(library, self)
        self.problem = _wrapped(self)
        self.stage_title = _heading(self.tr("Multiply-adds by stage"), self)
        self.stage_bars = CostBars(self.tr("Multiply-adds by stage"), self)
        self.part_title = _heading(self.tr("Parameters by part"), self)
        self.part_bars = CostBars(self.tr("Parameters by part"), self)
        self.fact_title = _heading(self.tr("What the weights say of themselves"), self)
        self.facts = QWidget(self)
        self._fact_grid = QGridLayout(self.facts)
        self._fact_grid.setContentsMargins(0, 0, 0, 0)
        self._fact_grid.setHorizontalSpacing(16)
        self._fact_grid.setVerticalSpacing(4)
        self._fact_grid.setColumnStretch(1, 1)
        self.card_title = _heading(self.tr("Model card"), self)
        self.card = _wrapped(self)
        self.card.setTextFormat(Qt.TextFormat.MarkdownText)
        self._lay_out()
        self.use.clicked.connect(self._ask_use)
        self.take.clicked.connect(self.importRequested)
        self.compare.clicked.connect(self.compareRequested)
        library.selectionChanged.connect(self._show_entry)
        library.descriptionChanged.connect(self._show_description)
        self._show_entry(library.selected)
        self._show_description(library.description)

    def set_in_use(self, label: str) -> None:
        """Label of the model that Explore has loaded; "" for none."""
        self._in_use = label
        self._tell_use()

    def _lay_out(self) -> None:
        body = QWidget(self)
        body.setObjectName("panelBody")
        column = QVBoxLayout()
        column.setSpacing(6)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        for button in (self.use, self.take, self.compare):
            button.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
            buttons.addWidget(button)
        buttons.addStretch(1)
        numbers = QHBoxLayout()
        numbers.setSpacing(34)
        for figure in (self.params, self.inference, self.macs, self.stages, self.classes):
            numbers.addWidget(figure)
        numbers.addStretch(1)
        for widget in (self.name, self.title, self.source, self.weights):
            column.addWidget(widget)
        column.addSpacing(6)
        column.addLayout(buttons)
        column.addSpacing(4)
        column.addWidget(self.panel)
        column.addWidget(self.problem)
        column.addSpacing(10)
        column.addLayout(numbers)
        for heading, content in (
            (self.stage_title, self.stage_bars),
            (self.part_title, self.part_bars),
            (self.fact_title, self.facts),
            (self.card_title, self.card),
        ):
            column.addSpacing(12)
            column.addWidget(heading)
            column.addWidget(content)
        column.addStretch(1)
        inner = QWidget(body)
        inner.setLayout(column)
        inner.setMaximumWidth(_WIDTH)
        inner.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        across = QHBoxLayout(body)
        across.setContentsMargins(28, 22, 28, 28)
        across.addWidget(inner, 1)
        across.addStretch(0)
        self.scroll_area = QScrollArea(self)
        self.scroll_area.setWidget(body)
        self.scroll_area.setWidgetResizable(True)
        self.scroll_area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.scroll_area.setFrameShape(QFrame.Shape.NoFrame)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self.scroll_area)

    def sizeHint(self) -> QSize:
        return QSize(760, 640)

    def _ask_use(self) -> None:
        if self._library.selected is not None:
            self.useRequested.emit(self._library.selected)

    def _show_entry(self, entry: CatalogueEntry | None) -> None:
        self.scroll_area.verticalScrollBar().setValue(0)
        self.name.setText("" if entry is None else entry.label)
        self.title.setText("" if entry is None else entry.title)
        self.title.setVisible(entry is not None and bool(entry.title))
        self.source.setText("" if entry is None else entry.source)
        self.source.setVisible(entry is not None and bool(entry.source))
        self.weights.setText("" if entry is None else self._weights_words(entry))
        self.take.setEnabled(entry is not None)
        self._tell_use()

    def _weights_words(self, entry: CatalogueEntry) -> str:
        if entry.state == "absent":
            return self.tr(
                "No weights are here. Import public ones (a .pth, .pt, .bin or .safetensors file), drop the file here, "
                "or train the model."
            )
        text = {
            "bundled": self.tr("Its weights come with the program."),
            "imported": self.tr("Its weights were imported: %1"),
            "own": self.tr("A model of your own: %1"),
        }[entry.state]
        return text.replace("%1", str(entry.path))

    def _tell_use(self) -> None:
        entry = self._library.selected
        used = entry is not None and self._in_use != "" and entry.label == self._in_use and entry.state != "own"
        self.use.setEnabled(entry is not None and entry.usable and not used)
        self.compare.setEnabled(entry is not None and entry.usable)
        self.use.setText(self.tr("In use in Explore") if used else self.tr("Use in Explore"))
        if entry is not None and not entry.usable:
            self.use.setToolTip(self.tr("It needs weights first"))
        else:
            self.use.setToolTip(self.tr("Segment the photos in Explore with this model"))

    def _show_description(self, description: ModelDescription | Exception | None) -> None:
        known = isinstance(description, ModelDescription)
        problem = _problem_of(description)
        self.problem.setText(problem)
        self.problem.setVisible(bool(problem))
        figures_ = (self.params, self.inference, self.macs, self.stages, self.classes)
        sections: Sequence[QWidget] = (self.stage_title, self.stage_bars, self.part_title, self.part_bars)
        for widget in sections:
            widget.setVisible(known)
        if not isinstance(description, ModelDescription):
            for figure in figures_:
                figure.value.setText("–" if problem else "…")
            for widget in (self.fact_title, self.facts, self.card_title, self.card):
                widget.setVisible(False)
            return
        macs = description.macs_by_stage
        for figure, text in zip(
            figures_,
            (
                _millions(description.params),
                _millions(description.params_inference),
                _billions(macs["total"]),
                str(description.stages),
                str(len(description.class_names)),
            ),
            strict=True,
        ):
            figure.value.setText(text)
        self.classes.setToolTip(", ".join(description.class_names))
        if not self.title.text():
            self.title.setText(f"{description.label}: {description.title}")
            self.title.setVisible(True)
        stages = [
            CostRow(self.tr("stage %1").replace("%1", name.removeprefix("stage")), _billions(count), float(count))
            for name, count in macs.items()
            if name != "total"
        ]
        for widget in (self.stage_title, self.stage_bars):
            widget.setVisible(len(stages) > 1)
        self.stage_bars.set_rows(stages)
        self.part_bars.set_rows(
            [CostRow(name, _millions(count), float(count)) for name, count in description.params_by_part.items()]
        )
        self._fill_facts(description)
        for widget in (self.card_title, self.card):
            widget.setVisible(bool(description.card))
        self.card.setText(_without_title(description.card))

    def _fill_facts(self, description: ModelDescription) -> None:
        while (item := self._fact_grid.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.setParent(None)
                widget.deleteLater()
        # What the card says in full needs no second place.
        facts = {} if description.card else dict(description.facts)
        for row, (name, value) in enumerate(sorted(facts.items())):
            key = QLabel(name.replace("_", " "), self.facts)
            key.setProperty("quiet", True)
            key.setAlignment(Qt.AlignmentFlag.AlignTop)
            text = _wrapped(self.facts)
            text.setText(value)
            self._fact_grid.addWidget(key, row, 0)
            self._fact_grid.addWidget(text, row, 1)
        for widget in (self.fact_title, self.facts):
            widget.setVisible(bool(facts))


def _without_title(card: str) -> str:
    """A card without its first heading, which says the model's name once more."""
    first, _, rest = card.partition("\n")
    return rest.lstrip() if first.startswith("# ") else card


def _problem_of(description: ModelDescription | Exception | None) -> str:
    if isinstance(description, ModelDescription):
        return description.problem
    if isinstance(description, RhoscopeError):
        return str(description)
    return f"{type(description).__name__}: {description}" if isinstance(description, Exception) else ""


def _millions(count: int) -> str:
    if count < 1e5:
        return f"{count / 1e3:.1f} k"
    return f"{count / 1e6:.2f} M" if count < 1e8 else f"{count / 1e6:.1f} M"


def _billions(count: int) -> str:
    return f"{count / 1e9:.1f} G"


def _wrapped(parent: QWidget, *, quiet: bool = False) -> QLabel:
    label = QLabel(parent)
    label.setWordWrap(True)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    if quiet:
        label.setProperty("quiet", True)
    return label


def _heading(text: str, parent: QWidget) -> QLabel:
    label = QLabel(text, parent)
    label.setProperty("heading", True)
    return label
