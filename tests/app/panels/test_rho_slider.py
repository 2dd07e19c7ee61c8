"""ρ by hand, by key and by typing."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from app.explore.rho_scale import TICKS
from app.panels.rho_slider import RhoControl, short_rho


@pytest.fixture
def control(qtbot: QtBot) -> RhoControl:
    control = RhoControl()
    qtbot.addWidget(control)
    control.resize(300, 90)
    control.show()
    qtbot.waitExposed(control)
    control.set_rho(0.9)
    return control


def _chosen(control: RhoControl) -> list[float]:
    values: list[float] = []
    control.rhoChosen.connect(values.append)
    return values


@pytest.mark.parametrize("tick", TICKS)
def test_pressing_at_a_mark_takes_the_mark(qtbot: QtBot, control: RhoControl, tick: float) -> None:
    values = _chosen(control)
    qtbot.mouseClick(control.slider, Qt.MouseButton.LeftButton, pos=QPoint(round(control.slider.place_of(tick)), 14))
    assert control.slider.rho == tick
    assert values == ([] if tick == 0.9 else [tick])


def test_dragging_tells_every_step(qtbot: QtBot, control: RhoControl) -> None:
    values = _chosen(control)
    slider = control.slider
    qtbot.mousePress(slider, Qt.MouseButton.LeftButton, pos=QPoint(60, 14))
    for x in range(70, 250, 10):
        qtbot.mouseMove(slider, QPoint(x, 14))
    qtbot.mouseRelease(slider, Qt.MouseButton.LeftButton, pos=QPoint(250, 14))
    assert len(values) > 10
    assert values == sorted(values)
    qtbot.mouseMove(slider, QPoint(30, 14))
    assert slider.rho == values[-1]


def test_arrows_nudge_and_shift_nudges_finely(qtbot: QtBot, control: RhoControl) -> None:
    values = _chosen(control)
    qtbot.keyClick(control.slider, Qt.Key.Key_Right)
    qtbot.keyClick(control.slider, Qt.Key.Key_Left)
    assert values[0] > 0.9
    assert values[1] == 0.9
    qtbot.keyClick(control.slider, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    assert 0.9 < values[2] < values[0]
    qtbot.keyClick(control.slider, Qt.Key.Key_End)
    assert values[-1] == 1.0


def test_a_value_can_be_typed(qtbot: QtBot, control: RhoControl) -> None:
    values = _chosen(control)
    control.field.selectAll()
    qtbot.keyClicks(control.field, "0,977")
    qtbot.keyClick(control.field, Qt.Key.Key_Return)
    assert values == [0.977]
    assert control.field.text() == "0.977"


@pytest.mark.parametrize("text", ["1.5", "-0.1", "x", "", "nan", "inf"])
def test_what_is_no_threshold_is_put_back(qtbot: QtBot, control: RhoControl, text: str) -> None:
    values = _chosen(control)
    control.field.selectAll()
    qtbot.keyClick(control.field, Qt.Key.Key_Delete)
    qtbot.keyClicks(control.field, text)
    qtbot.keyClick(control.field, Qt.Key.Key_Return)
    assert values == []
    assert control.field.text() == "0.9"


def test_up_and_down_nudge_in_the_field(qtbot: QtBot, control: RhoControl) -> None:
    values = _chosen(control)
    qtbot.keyClick(control.field, Qt.Key.Key_Up)
    assert values[-1] > 0.9


def test_a_double_click_takes_the_model_s_value(qtbot: QtBot, control: RhoControl) -> None:
    control.set_default(0.97)
    values = _chosen(control)
    qtbot.mouseDClick(control.slider, Qt.MouseButton.LeftButton, pos=QPoint(40, 14))
    assert values[-1] == 0.97


def test_setting_from_outside_tells_nothing(control: RhoControl) -> None:
    values = _chosen(control)
    control.set_rho(0.995)
    assert values == []
    assert control.field.text() == "0.995"


def test_marks_are_short() -> None:
    assert [short_rho(tick) for tick in TICKS] == [".8", ".9", ".95", ".97", ".985", ".995", "1"]
