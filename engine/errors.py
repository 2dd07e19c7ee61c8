"""Errors that reach people: each names the thing that failed, the reason and, where there is one, the cure."""

from __future__ import annotations

from pathlib import Path


class RhoscopeError(Exception):
    """A failure with a message fit for a person.

    Args:
        reason: what went wrong, a short clause without a full stop.
        path: the file or folder concerned, where there is one.
        cure: what the person can do about it, a short clause.
    """

    def __init__(self, reason: str, *, path: Path | None = None, cure: str = "") -> None:
        self.reason = reason
        self.path = path
        self.cure = cure
        super().__init__(reason, path, cure)

    def __str__(self) -> str:
        text = self.reason if self.path is None else f"{self.path}: {self.reason}"
        return f"{text} ({self.cure})" if self.cure else text


class ImageError(RhoscopeError):
    """An image cannot be found, read or decoded."""


class CheckpointError(RhoscopeError):
    """A checkpoint is missing, damaged, unsafe or belongs to another model."""


class SettingError(RhoscopeError):
    """A value given by a person lies outside what is allowed, e.g. ρ outside 0..1."""


class DataError(RhoscopeError):
    """A data set or a label map does not follow its layout."""


class TrainingError(RhoscopeError):
    """A training run cannot go on, e.g. its loss is no longer finite."""


class RefinementError(RhoscopeError):
    """The CRF cannot run: package missing, worker gone, input too large."""


class OutputError(RhoscopeError):
    """A result cannot be written."""


class ProjectError(RhoscopeError):
    """A project file cannot be opened, read or written."""
