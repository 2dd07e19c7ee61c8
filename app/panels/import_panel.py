"""An import under way or done: which model a file is for, and what became of every key."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.library.library import ImportState, ImportStep, Library
from app.services.model_library import KeyReport

_REPORT_LINES = 9


class ImportPanel(QFrame):
    """Hidden while nothing is imported."""

    def __init__(self, library: Library, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("importPanel")
        self._library = library
        self.title = QLabel(self)
        self.title.setProperty("heading", True)
        self.title.setWordWrap(True)
        self.text = QLabel(self)
        self.text.setWordWrap(True)
        self.text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.progress = QProgressBar(self)
        self.progress.setRange(0, 0)
        self.progress.setTextVisible(False)
        self.progress.setAccessibleName(self.tr("Import under way"))
        self.target = QComboBox(self)
        self.target.setAccessibleName(self.tr("Import as"))
        self.report = QPlainTextEdit(self)
        self.report.setReadOnly(True)
        self.report.setAcceptDrops(False)
        self.report.viewport().setAcceptDrops(False)
        self.report.setAccessibleName(self.tr("What became of every key"))
        self.report.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.report.setFixedHeight(self.fontMetrics().height() * _REPORT_LINES + 16)
        self.confirm = QPushButton(self.tr("Import"), self)
        self.confirm.setProperty("primary", True)
        self.dismiss = QPushButton(self.tr("Close"), self)
        self._lay_out()
        self.target.activated.connect(lambda row: library.choose_target(self.target.itemText(row)))
        self.confirm.clicked.connect(library.confirm_import)
        self.dismiss.clicked.connect(library.dismiss_import)
        library.importChanged.connect(self._show)
        self._show(library.import_state)

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 14, 16, 14)
        column.setSpacing(8)
        for widget in (self.title, self.text, self.progress, self.target, self.report):
            column.addWidget(widget)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(self.dismiss)
        row.addWidget(self.confirm)
        column.addLayout(row)

    def _show(self, state: ImportState | None) -> None:
        self.setVisible(state is not None)
        if state is None:
            return
        step, name = state.step, state.source.name
        busy = step in (ImportStep.READING, ImportStep.WRITING)
        choosing = step is ImportStep.CHOOSING
        self.progress.setVisible(busy)
        self.confirm.setVisible(choosing)
        self.dismiss.setText(self.tr("Cancel") if busy or choosing else self.tr("Close"))
        keys = state.outcome.report if state.outcome is not None else None
        self.report.setVisible(keys is not None)
        if keys is not None:
            self.report.setPlainText(report_text(keys))
        self.target.setVisible(choosing and state.inspection is not None and len(state.inspection.labels) > 1)
        match step:
            case ImportStep.READING:
                self._say(self.tr("Reading %1").replace("%1", name), "")
            case ImportStep.CHOOSING:
                assert state.inspection is not None
                self._offer(state)
            case ImportStep.WRITING:
                self._say(self.tr("Importing %1").replace("%1", name), state.label)
            case ImportStep.DONE:
                assert state.outcome is not None
                self._say(self.tr("%1 is imported").replace("%1", name), self._done_words(state))
            case ImportStep.REFUSED:
                self._say(self.tr("%1 cannot be imported").replace("%1", name), state.problem)

    def _say(self, title: str, text: str) -> None:
        self.title.setText(title)
        self.text.setText(text)
        self.text.setVisible(bool(text))

    def _offer(self, state: ImportState) -> None:
        assert state.inspection is not None
        labels = state.inspection.labels
        if [self.target.itemText(n) for n in range(self.target.count())] != list(labels):
            self.target.clear()
            self.target.addItems(list(labels))
        self.target.setCurrentIndex(labels.index(state.label))
        text = self.tr("It holds %1 and fits %2. Import it as:") if len(labels) > 1 else self.tr("It holds %1, for %2.")
        shown = self.tr("%n models", "", len(labels)) if len(labels) > 1 else labels[0]
        self._say(state.source.name, text.replace("%1", state.inspection.layout).replace("%2", shown))

    def _done_words(self, state: ImportState) -> str:
        outcome = state.outcome
        assert outcome is not None
        keys = outcome.report
        if state.inspection is not None and state.inspection.ours and outcome.path is not None:
            text = self.tr("It stands among your own models now, as %1.").replace("%1", outcome.path.stem)
        else:
            text = self.tr("Its weights serve %1 now.").replace("%1", outcome.label)
        if outcome.label != state.label:
            note = self.tr("%1 was chosen, but only %2 computes what these weights were trained for.")
            text = f"{note.replace('%1', state.label).replace('%2', outcome.label)} {text}"
        untrained = [] if keys is None else [n for n in keys.missing if not n.endswith("num_batches_tracked")]
        if untrained:
            heads = ", ".join(sorted({name.split(".")[0] for name in untrained}))
            note = self.tr("%1 of its tensors were not in the file (%2): train the model before use.")
            text = f"{text} {note.replace('%1', str(len(untrained))).replace('%2', heads)}"
        return text


def report_text(keys: KeyReport) -> str:
    """Every key with what became of it, and what the weights expect."""
    lines = [f"{keys.loaded} tensors taken over"]
    for title, names in (
        ("missing, they keep their initial values", keys.missing),
        ("of another shape", keys.differing),
        ("unexpected", keys.unexpected),
        ("ignored, they have no place here", keys.ignored),
    ):
        if names:
            lines += ["", f"{len(names)} {title}:", *(f"    {name}" for name in names)]
    if keys.preset:
        lines += ["", "what the weights expect:", *(f"    {name}: {value}" for name, value in keys.preset.items())]
    return "\n".join(lines)
