"""What the status bar names when several things run."""

from __future__ import annotations

from app.explore.activity import Activities, Activity


def test_the_foremost_activity_is_named_and_all_jobs_count() -> None:
    activities = Activities()
    assert activities.foremost is None
    activities.set("scan", Activity("looking"))
    activities.set("run", Activity("segmenting", progress=0.5))
    activities.set("save", Activity("saving", jobs=3))
    assert activities.foremost == Activity("saving", jobs=3)
    assert activities.jobs == 5
    activities.set("save", None)
    assert activities.foremost == Activity("segmenting", progress=0.5)


def test_saving_alone_cannot_be_cancelled() -> None:
    activities = Activities()
    activities.set("save", Activity("saving"))
    assert not activities.cancellable
    activities.set("crf", Activity("refining"))
    assert activities.cancellable
