"""The state of the Models workspace, with a library that answers when told."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.library.library import ImportStep, Library
from app.services.model_library import Inspection
from engine.errors import CheckpointError
from tests.app.library.fakes import FakeLibrary, description, entry, outcome

FILE = Path("/downloads/train_epoch_50.pth")
FITS = ("pspnet:resnet50", "pspnet-lc:resnet50")


@pytest.fixture
def backend() -> FakeLibrary:
    return FakeLibrary()


@pytest.fixture
def library(backend: FakeLibrary, qapp: object) -> Library:
    made = Library(backend)
    made.refresh()
    return made


def test_the_first_model_is_selected_and_described(library: Library, backend: FakeLibrary) -> None:
    assert library.selected is not None
    assert library.selected.label == "lc-mobilenetv2"
    assert library.description is None
    backend.answer("describe", description("lc-mobilenetv2", stages=3))
    assert library.description == description("lc-mobilenetv2", stages=3)


def test_a_late_description_does_not_replace_another_model_s(library: Library, backend: FakeLibrary) -> None:
    library.select_label("pspnet:resnet50")
    first, second = (ask for ask in backend.asked if ask[0] == "describe")
    first[2](description("lc-mobilenetv2"))
    assert library.description is None
    second[2](description("pspnet:resnet50"))
    assert library.description == description("pspnet:resnet50")
    # What was told too late is known the next time.
    library.select_label("lc-mobilenetv2")
    assert library.description == description("lc-mobilenetv2")
    assert len([ask for ask in backend.asked if ask[0] == "describe"]) == 2


def test_refreshing_keeps_the_selection_and_sees_new_files(library: Library, backend: FakeLibrary) -> None:
    library.select_label("pspnet:resnet50")
    heard: list[object] = []
    library.entriesChanged.connect(lambda: heard.append(None))
    library.refresh()
    assert heard == []
    backend.listed = (*backend.listed, entry("birds", "own", path=Path("/models/birds.safetensors")))
    library.refresh()
    assert len(heard) == 1
    assert library.selected is not None
    assert library.selected.label == "pspnet:resnet50"


def test_an_import_goes_through_its_steps(library: Library, backend: FakeLibrary) -> None:
    library.select_label("pspnet:resnet101")
    steps: list[ImportStep | None] = []
    library.importChanged.connect(lambda state: steps.append(None if state is None else state.step))
    library.begin_import(FILE)
    backend.answer("inspect", Inspection(FILE, "semseg's PSPNet", FITS, False))
    assert library.import_state is not None
    # The selected model does not take the file, so the first that does is proposed.
    assert library.import_state.label == "pspnet:resnet50"
    library.choose_target("pspnet-lc:resnet50")
    assert library.import_state.label == "pspnet-lc:resnet50"
    library.choose_target("pspnet:resnet50")
    library.confirm_import()
    path = Path("/models/pspnet-resnet50.safetensors")
    backend.listed = (backend.listed[0], entry("pspnet:resnet50", "imported", path=path), backend.listed[2])
    backend.answer("import", outcome("pspnet:resnet50", path))
    assert steps == [
        ImportStep.READING, ImportStep.CHOOSING, ImportStep.CHOOSING, ImportStep.CHOOSING, ImportStep.WRITING,
        ImportStep.DONE,
    ]  # fmt: skip
    assert library.selected is not None
    assert (library.selected.label, library.selected.usable) == ("pspnet:resnet50", True)
    library.dismiss_import()
    assert library.import_state is None


def test_the_selected_model_is_proposed_where_it_takes_the_file(library: Library, backend: FakeLibrary) -> None:
    library.select_label("pspnet:resnet50")
    library.begin_import(FILE)
    backend.answer("inspect", Inspection(FILE, "semseg's PSPNet", FITS[::-1], False))
    assert library.import_state is not None
    assert library.import_state.label == "pspnet:resnet50"


def test_a_file_that_cannot_be_read_is_said_with_the_cure(library: Library, backend: FakeLibrary) -> None:
    library.begin_import(FILE)
    backend.answer("inspect", CheckpointError("the file is empty", path=FILE, cure="download it again"))
    assert library.import_state is not None
    assert library.import_state.step is ImportStep.REFUSED
    assert library.import_state.problem == "The file is empty. Download it again."


def test_refused_weights_keep_their_report(library: Library, backend: FakeLibrary) -> None:
    library.begin_import(FILE)
    backend.answer("inspect", Inspection(FILE, "semseg's PSPNet", FITS, False))
    library.confirm_import()
    refused = outcome("pspnet:resnet50", None, problem="3 keys missing", cure="download it again")
    backend.answer("import", refused)
    assert library.import_state is not None
    assert (library.import_state.step, library.import_state.outcome) == (ImportStep.REFUSED, refused)
    assert library.import_state.problem == "3 keys missing. Download it again."


def test_answers_of_an_import_that_was_put_away_are_not_heard(library: Library, backend: FakeLibrary) -> None:
    library.begin_import(FILE)
    library.dismiss_import()
    assert backend.cancelled == 1
    backend.answer("inspect", Inspection(FILE, "semseg's PSPNet", FITS, False))
    assert library.import_state is None
    library.confirm_import()
    assert not [ask for ask in backend.asked if ask[0] == "import"]
