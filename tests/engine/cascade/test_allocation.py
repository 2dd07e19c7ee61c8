"""Freed memory is kept where the C library can be told so."""

from __future__ import annotations

import platform

from engine.cascade.allocation import keep_freed_memory


def test_glibc_accepts_the_setting_and_others_are_left_alone() -> None:
    assert keep_freed_memory() == (platform.libc_ver()[0] == "glibc")
