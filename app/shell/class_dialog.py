"""The project's classes: names, colours, keys, further ones, and removing, merging or replacing them.

What a change does to labels is counted and said before it is made.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QColor, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QColorDialog,
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QMenu,
    QProgressBar,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.label.class_choice import ClassChangeView
from app.label.model import LabelModel
from app.shell.class_sets import ClassSet, class_set, known_sets, read_class_set
from engine.cascade.result import IGNORE
from engine.data.palettes import voc_palette
from engine.errors import DataError
from engine.project.class_plan import MOST_CLASSES, ClassDraft, ClassPlan
from engine.project.records import ProjectClass

_COLOUR, _NAME, _KEY, _HAS = range(4)


class ClassDialog(QDialog):
    """Edits a draft. Where it changes what labels mean, a second press of the button is asked for, with the numbers."""

    def __init__(self, model: LabelModel, parent: QWidget, *, row: int = 0) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Classes"))
        self.resize(560, 600)
        self._model = model
        self._former: tuple[ProjectClass, ...] = () if model.view is None else model.view.classes
        self._draft = ClassDraft.of(self._former)
        self._asked: ClassPlan | None = None
        self.table = QTableWidget(0, 4, self)
        self.table.setAccessibleName(self.tr("Classes"))
        self.table.setSelectionBehavior(QTableWidget.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QTableWidget.SelectionMode.SingleSelection)
        self.table.setHorizontalHeaderLabels(
            [self.tr("Colour"), self.tr("Name"), self.tr("Key"), self.tr("Takes the pixels of")]
        )
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(_NAME, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(_HAS, QHeaderView.ResizeMode.Stretch)
        self.table.setColumnWidth(_COLOUR, 64)
        self.table.setColumnWidth(_KEY, 48)
        self.table.cellClicked.connect(self._click)
        self.table.cellChanged.connect(self._take_cell)
        self.table.currentCellChanged.connect(lambda *_: self._tell())
        self.add = self._button(self.tr("Add"), self.add_class, self.tr("A further class, the last one"), "Ins")
        self.remove = self._button(
            self.tr("Remove"), self.remove_class, self.tr("Its pixels become undecided; they are counted first"), "Del"
        )
        self.merge = QPushButton(self.tr("Merge into"), self)
        self.merge.setAutoDefault(False)
        self.merge.setToolTip(self.tr("Its pixels come to another class (%1)").replace("%1", "Ctrl+M"))
        self.merge_menu = QMenu(self.merge)
        self.merge_menu.aboutToShow.connect(self._fill_merge)
        self.merge.setMenu(self.merge_menu)
        QShortcut(QKeySequence("Ctrl+M"), self).activated.connect(self.merge.showMenu)
        self.sets = QPushButton(self.tr("Take a set"), self)
        self.sets.setAutoDefault(False)
        self.sets.setToolTip(self.tr("Other classes altogether; those of the same name keep their pixels"))
        self.sets.setMenu(self._set_menu())
        self.message = QLabel(self)
        self.message.setWordWrap(True)
        self.message.setMinimumHeight(self.fontMetrics().height() * 4)
        self.message.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.progress = QProgressBar(self)
        self.progress.setTextVisible(False)
        self.progress.setAccessibleName(self.tr("Progress"))
        self.progress.setVisible(False)
        self.ok = QPushButton(self.tr("Use these"), self)
        self.ok.setDefault(True)
        self.ok.clicked.connect(self._use)
        self.close_button = QPushButton(self.tr("Cancel"), self)
        self.close_button.setAutoDefault(False)
        self.close_button.clicked.connect(self.reject)
        tools, buttons, column = QHBoxLayout(), QHBoxLayout(), QVBoxLayout(self)
        for button in (self.add, self.remove, self.merge, self.sets):
            tools.addWidget(button)
        tools.addStretch(1)
        buttons.addStretch(1)
        buttons.addWidget(self.close_button)
        buttons.addWidget(self.ok)
        column.addLayout(tools)
        column.addWidget(self.table, 1)
        column.addWidget(self.message)
        column.addWidget(self.progress)
        column.addLayout(buttons)
        model.classes.changed.connect(self._take)
        self._fill(row)

    @property
    def draft(self) -> ClassDraft:
        return self._draft

    # What a person does

    def add_class(self) -> None:
        """One more, ready to be named."""
        number = len(self._draft.rows)
        if number == MOST_CLASSES:
            return
        red, green, blue = (int(value) for value in voc_palette()[number])
        self._set(self._draft.added(self.tr("class %1").replace("%1", str(number)), (red, green, blue)), number)
        name = self.table.item(number, _NAME)
        if name is not None:
            self.table.editItem(name)

    def remove_class(self) -> None:
        row = self.table.currentRow()
        if 0 <= row < len(self._draft.rows):
            self._set(self._draft.removed(row), row)

    def merge_class(self, row: int, into: int) -> None:
        """One class becomes part of another one."""
        self._set(self._draft.merged(row, into), into - (row < into))

    def take_set(self, chosen: ClassSet) -> None:
        """Other classes altogether."""
        self._set(self._draft.replaced(chosen.names, chosen.colours), 0)

    def reject(self) -> None:
        self._model.classes.cancel()
        super().reject()

    def _use(self) -> None:
        plan = self._draft.plan
        if self._draft.problem:
            return
        if self._asked == plan or not (plan.removed or plan.joined(self._former)):
            self._model.change_classes(plan)
        else:
            self._model.classes.count(plan, self._former)

    # What the dialog shows

    def _button(self, text: str, call: Callable[[], None], help: str, key: str) -> QPushButton:
        button = QPushButton(text, self)
        button.setAutoDefault(False)
        button.setToolTip(f"{help} ({key})")
        button.clicked.connect(call)
        QShortcut(QKeySequence(key), self).activated.connect(call)
        return button

    def _set(self, draft: ClassDraft, row: int) -> None:
        self._draft = draft
        self._asked = None
        self._fill(row)

    def _fill(self, current: int) -> None:
        self.table.blockSignals(True)
        self.table.setRowCount(len(self._draft.rows))
        for row, one in enumerate(self._draft.rows):
            colour = QTableWidgetItem()
            colour.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable)
            colour.setData(Qt.ItemDataRole.DecorationRole, QColor(*one.colour))
            colour.setToolTip(self.tr("Choose the colour"))
            others = [self._former[number].name for number in one.former if self._former[number].name != one.name]
            has = QTableWidgetItem(", ".join(others))
            has.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable)
            cells = (colour, QTableWidgetItem(one.name), QTableWidgetItem(one.key), has)
            for column, cell in enumerate(cells):
                self.table.setItem(row, column, cell)
            self.table.setVerticalHeaderItem(row, QTableWidgetItem(str(row)))
        self.table.blockSignals(False)
        if self._draft.rows:
            self.table.setCurrentCell(min(max(current, 0), len(self._draft.rows) - 1), _NAME)
        self._tell()

    def _take_cell(self, row: int, column: int) -> None:
        item = self.table.item(row, column)
        if item is None or column not in (_NAME, _KEY):
            return
        one, text = self._draft.rows[row], item.text().strip()
        self._draft = self._draft.edited(row, replace(one, name=text) if column == _NAME else replace(one, key=text))
        self._asked = None
        self._tell()

    def _click(self, row: int, column: int) -> None:
        if column != _COLOUR:
            return
        dialog = QColorDialog(QColor(*self._draft.rows[row].colour), self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.colorSelected.connect(partial(self._take_colour, row))
        dialog.open()

    def _take_colour(self, row: int, colour: QColor) -> None:
        chosen = (colour.red(), colour.green(), colour.blue())
        self._set(self._draft.edited(row, replace(self._draft.rows[row], colour=chosen)), row)

    def _fill_merge(self) -> None:
        self.merge_menu.clear()
        row = self.table.currentRow()
        for into, one in enumerate(self._draft.rows):
            if into != row:
                self.merge_menu.addAction(one.name, partial(self.merge_class, row, into))

    def _set_menu(self) -> QMenu:
        menu = QMenu(self.sets)
        summary = self._model.proposal.summary
        if summary is not None:
            title = self.tr("The model's")
            menu.addAction(title, partial(self.take_set, class_set(title, summary.class_names, summary.palette)))
        for known in known_sets():
            menu.addAction(known.title, partial(self.take_set, known))
        menu.addSeparator()
        menu.addAction(self.tr("A text file, one name a line…"), self._choose_file)
        return menu

    def _choose_file(self) -> None:
        dialog = QFileDialog(self, self.tr("Names of classes, one a line"))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(lambda name: self.take_file(Path(name)))
        dialog.open()

    def take_file(self, path: Path) -> None:
        """The classes of a text file."""
        try:
            self.take_set(read_class_set(path))
        except DataError as error:
            self.message.setText(str(error))

    def _tell(self) -> None:
        """What stands in the way of these classes, or what they will change."""
        problem = {
            "none": self.tr("There must be a class."),
            "nameless": self.tr("Every class needs a name."),
            "same name": self.tr("Two classes have one name."),
            "same key": self.tr("Two classes have one key."),
            "no digit": self.tr("A key is one digit."),
        }.get(self._draft.problem, "")
        plan = self._draft.plan
        self.message.setText(problem or self._outline(plan))
        self.ok.setEnabled(not problem)
        self.ok.setText(self.tr("Use these"))
        one = 0 <= self.table.currentRow() < len(self._draft.rows)
        self.remove.setEnabled(one and len(self._draft.rows) > 1)
        self.merge.setEnabled(one and len(self._draft.rows) > 1)
        self.add.setEnabled(len(self._draft.rows) < MOST_CLASSES)

    def _outline(self, plan: ClassPlan) -> str:
        lines = []
        if plan.removed:
            names = ", ".join(self._former[number].name for number in plan.removed)
            lines.append(self.tr("To be removed: %1.").replace("%1", names))
        for number in plan.joined(self._former):
            text = self.tr("%1 will be %2.").replace("%1", self._former[number].name)
            lines.append(text.replace("%2", plan.classes[plan.moves[number]].name))
        return " ".join(lines)

    def _take(self, view: ClassChangeView) -> None:
        if view.plan != self._draft.plan:
            return
        busy = view.step in ("counting", "changing")
        self.progress.setVisible(busy)
        self.progress.setRange(0, view.total)
        self.progress.setValue(view.done)
        for widget in (self.table, self.ok, self.add, self.remove, self.merge, self.sets):
            widget.setEnabled(not busy)
        match view.step:
            case "counting":
                self.message.setText(self.tr("Counting the pixels that this changes…"))
            case "changing":
                self.message.setText(self.tr("Changing labels and steps…"))
            case "counted" if view.use is not None:
                self._tell()
                if view.use.any_images:
                    self._asked = view.plan
                    self.message.setText(self._sentences(view))
                    self.ok.setText(self.tr("Change the labels"))
                else:  # the person asked for it already, and nothing is lost
                    self._model.change_classes(view.plan)
            case "done":
                QTimer.singleShot(0, self.accept)
            case "failed":
                self._tell()
                self.message.setText(view.problem)

    def _sentences(self, view: ClassChangeView) -> str:
        """What is going to happen to how much."""
        assert view.use is not None
        lines = []
        for number, pixels in view.use.pixels.items():
            if not pixels:
                continue
            target = view.plan.moves[number]
            if target == IGNORE:
                text = self.tr("%1: %2 pixels in %3 images become undecided.")
            else:
                text = self.tr("%1: %2 pixels in %3 images become %4.").replace("%4", view.plan.classes[target].name)
            values = (self._former[number].name, f"{pixels:,}".replace(",", "\u202f"), view.use.images[number])
            for place, value in enumerate(values, start=1):
                text = text.replace(f"%{place}", str(value))
            lines.append(text)
        lines.append(self.tr("Steps that can be undone follow; the change itself cannot be undone."))
        return "\n".join(lines)
