"""What the program relies on in PySide6 itself."""

from __future__ import annotations

import sys

from PySide6.QtCore import QObject, Signal

_TIMES = 2000


class _Sender(QObject):
    told = Signal(int)


def test_signals_and_calls_do_not_wear_out_true_and_none() -> None:
    """PySide6 6.12 on Python 3.11 drops a reference with each, and some hours later the program aborts."""
    sender = _Sender()
    before = [sys.getrefcount(constant) for constant in (True, False, None)]
    for number in range(_TIMES):
        sender.told.emit(number)
        sender.setObjectName("name")
        sender.blockSignals(False)
    after = [sys.getrefcount(constant) for constant in (True, False, None)]
    assert all(abs(now - then) < _TIMES // 2 for now, then in zip(after, before, strict=True))
