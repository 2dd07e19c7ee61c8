"""Help > About: what this is and which versions are at work."""

from __future__ import annotations

import platform
from importlib import metadata

from PySide6.QtCore import Qt, qVersion
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.explore.views import ModelSummary
from app.shell.fonts import sized
from engine.version import VERSION

_PACKAGES = ("torch", "numpy", "opencv-python-headless", "pillow", "PySide6-Essentials", "pydensecrf2")


def diagnostics(model: ModelSummary | None) -> str:
    """Versions, system and device as lines of text; nothing about images."""
    lines = [f"Rhoscope {VERSION}", f"Python {platform.python_version()}, Qt {qVersion()}", platform.platform()]
    for package in _PACKAGES:
        try:
            lines.append(f"{package} {metadata.version(package)}")
        except metadata.PackageNotFoundError:
            lines.append(f"{package}: not installed")
    if model is not None:
        lines.append(f"model {model.label} on {model.device}")
    return "\n".join(lines)


class AboutDialog(QDialog):
    """Name, version, one sentence, and the diagnostics to copy into a report."""

    def __init__(self, model: ModelSummary | None, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("About Rhoscope"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        name = QLabel("Rhoscope", self)
        name.setFont(sized(name.font(), 1.8, bold=True))
        version = QLabel(self.tr("Version %1").replace("%1", VERSION), self)
        version.setProperty("quiet", True)
        purpose = QLabel(self.tr("Spends computation and human attention on the hard pixels only."), self)
        purpose.setWordWrap(True)
        self.facts = QLabel(diagnostics(model), self)
        self.facts.setProperty("quiet", True)
        self.facts.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        copy = QPushButton(self.tr("Copy diagnostics"), self)
        copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self.facts.text()))
        close = QPushButton(self.tr("Close"), self)
        close.setDefault(True)
        close.clicked.connect(self.accept)
        buttons = QHBoxLayout()
        buttons.addWidget(copy)
        buttons.addStretch(1)
        buttons.addWidget(close)
        column = QVBoxLayout(self)
        column.setContentsMargins(28, 24, 28, 20)
        column.setSpacing(6)
        column.addWidget(name)
        column.addWidget(version)
        column.addSpacing(8)
        column.addWidget(purpose)
        column.addSpacing(12)
        column.addWidget(self.facts)
        column.addSpacing(16)
        column.addLayout(buttons)
        self.setMinimumWidth(420)
