"""Panels that dock, resize, collapse and remember, under a quiet title."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QDockWidget, QHBoxLayout, QLabel, QMainWindow, QSizePolicy, QToolButton, QWidget

from app.shell.icons import icon


class DockTitle(QWidget):
    """Title, room for what belongs beside it, and the button that collapses the panel."""

    def __init__(self, dock: QDockWidget, *, extra: QWidget | None) -> None:
        super().__init__(dock)
        self.text = QLabel(dock.windowTitle(), self)
        self.text.setProperty("heading", True)
        hide = QToolButton(self)
        hide.setIcon(icon("chevron-left" if dock.property("side") == "left" else "chevron-right"))
        hide.setIconSize(QSize(16, 16))
        hide.setToolTip(dock.toggleViewAction().toolTip())
        hide.setAccessibleName(self.tr("Hide the panel %1").replace("%1", dock.windowTitle()))
        hide.clicked.connect(dock.close)
        line = QHBoxLayout(self)
        line.setContentsMargins(16, 5, 8, 5)
        line.setSpacing(6)
        line.addWidget(self.text)
        if extra is not None:
            line.addWidget(extra, 1)
        else:
            line.addStretch(1)
        line.addWidget(hide)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)


def add_dock(
    host: QMainWindow, content: QWidget, *, name: str, title: str, area: Qt.DockWidgetArea, extra: QWidget | None = None
) -> QDockWidget:
    """Puts content into a dock of the host; `name` is what its place is remembered under."""
    dock = QDockWidget(title, host)
    dock.setObjectName(name)
    dock.setAccessibleName(title)
    dock.setProperty("side", "left" if area == Qt.DockWidgetArea.LeftDockWidgetArea else "right")
    dock.setAllowedAreas(Qt.DockWidgetArea.LeftDockWidgetArea | Qt.DockWidgetArea.RightDockWidgetArea)
    dock.setFeatures(QDockWidget.DockWidgetFeature.DockWidgetClosable | QDockWidget.DockWidgetFeature.DockWidgetMovable)
    dock.setWidget(content)
    dock.setTitleBarWidget(DockTitle(dock, extra=extra))
    host.addDockWidget(area, dock)
    return dock
