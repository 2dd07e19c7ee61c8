"""How much each stage decided and how long it took: one row a stage."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.shell.fonts import figures, sized
from engine.rendering.colours import stage_colours

_GAP = 12
_BAR = 6


@dataclass(frozen=True)
class StageFigures:
    """share 0..1 and milliseconds of one stage; None while not known."""

    share: float | None
    milliseconds: float | None


def stage_figures(
    stage_count: int, *, shares: Sequence[float] | None, milliseconds: Mapping[str, float], finished: int
) -> tuple[StageFigures, ...]:
    """One row a stage; a stage that has not finished has no time, and no share unless the sets are known."""
    return tuple(
        StageFigures(
            share=shares[number - 1] if shares is not None and number <= len(shares) and number <= finished else None,
            milliseconds=milliseconds.get(f"stage{number}") if number <= finished else None,
        )
        for number in range(1, stage_count + 1)
    )


def shown_milliseconds(milliseconds: float) -> str:
    """Short and steady: "4.2 ms", "18 ms", "1.3 s"."""
    if milliseconds >= 1000:
        return f"{milliseconds / 1000:.1f} s"
    return f"{milliseconds:.1f} ms" if milliseconds < 9.95 else f"{milliseconds:.0f} ms"


def shown_share(share: float) -> str:
    """A share as a percentage with one decimal: "71.3 %"."""
    return f"{share * 100:.1f} %"


class StageRows(QWidget):
    """Painted rows of name, milliseconds, share and a bar in the stage's colour."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("stageRows")
        self.setAccessibleName(self.tr("Share and time of each stage"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._rows: tuple[StageFigures, ...] = (StageFigures(None, None),) * 3
        self._total: float | None = None
        self._colours = [QColor(*map(int, colour)) for colour in stage_colours(3)]

    def set_total(self, milliseconds: float | None) -> None:
        """The time of the whole run, None while it is under way."""
        if milliseconds != self._total:
            self._total = milliseconds
            self.update()

    @property
    def rows(self) -> tuple[StageFigures, ...]:
        return self._rows

    def set_rows(self, rows: tuple[StageFigures, ...]) -> None:
        if rows == self._rows:
            return
        if len(rows) != len(self._rows):
            self._colours = [QColor(*map(int, colour)) for colour in stage_colours(len(rows))]
            self.updateGeometry()
        self._rows = rows
        self.setAccessibleDescription("; ".join(self._sentence(number) for number in range(1, len(rows) + 1)))
        self.update()

    def _sentence(self, number: int) -> str:
        row = self._rows[number - 1]
        share = "–" if row.share is None else shown_share(row.share)
        time = "–" if row.milliseconds is None else shown_milliseconds(row.milliseconds)
        return f"{self._name(number)} {share}, {time}"

    def _name(self, number: int) -> str:
        return self.tr("Stage %1").replace("%1", str(number))

    def _row_height(self) -> int:
        return QFontMetrics(self.font()).height() + 4 + _BAR

    def sizeHint(self) -> QSize:
        return QSize(240, len(self._rows) * (self._row_height() + _GAP) + QFontMetrics(self.font()).height())

    def minimumSizeHint(self) -> QSize:
        return QSize(160, self.sizeHint().height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        palette, role = self.palette(), QPalette.ColorRole
        plain, strong = figures(self.font()), figures(sized(self.font(), 1.0, bold=True))
        metrics = QFontMetrics(strong)
        share_width = metrics.horizontalAdvance("100.0 %") + 2
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        left = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        y = 0
        for number, row in enumerate(self._rows, start=1):
            line = QRectF(0, y, self.width(), metrics.height())
            painter.setFont(plain)
            painter.setPen(palette.color(role.WindowText))
            painter.drawText(line, left, self._name(number))
            painter.setPen(palette.color(role.PlaceholderText))
            time = "" if row.milliseconds is None else shown_milliseconds(row.milliseconds)
            painter.drawText(line.adjusted(0, 0, -share_width - 10, 0), right, time)
            painter.setFont(strong)
            painter.setPen(palette.color(role.WindowText if row.share is not None else role.PlaceholderText))
            painter.drawText(line, right, "–" if row.share is None else shown_share(row.share))
            bar = QRectF(0, y + metrics.height() + 4, self.width(), _BAR)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(palette.color(role.Midlight))
            painter.drawRoundedRect(bar, _BAR / 2, _BAR / 2)
            if row.share:
                # The first stages are pale: an edge keeps them visible on a light panel.
                painter.setPen(QPen(palette.color(role.Light), 0.8))
                painter.setBrush(self._colours[number - 1])
                painter.drawRoundedRect(
                    QRectF(bar.left(), bar.top(), max(_BAR, bar.width() * row.share), _BAR), _BAR / 2, _BAR / 2
                )
            y += self._row_height() + _GAP
        if self._total is not None:
            line = QRectF(0, y, self.width(), metrics.height())
            painter.setFont(plain)
            painter.setPen(palette.color(role.PlaceholderText))
            painter.drawText(line, left, self.tr("Total"))
            painter.drawText(line.adjusted(0, 0, -share_width - 10, 0), right, shown_milliseconds(self._total))
        painter.end()
