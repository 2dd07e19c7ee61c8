"""Every format: written, read back, compared; what it cannot hold is said beforehand and is all that changes."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from scipy import ndimage

from engine.data.palettes import CITYSCAPES_CLASSES, VOC_CLASSES, cityscapes_palette, voc_palette
from engine.errors import DataError, ProjectError, RhoscopeError
from engine.labels.formats.export import ExportSummary, export_labels
from engine.labels.formats.item import ExportItem, LabelClasses
from engine.labels.formats.parts import held_by_polygons, parts_of
from engine.labels.formats.registry import FORMATS
from engine.labels.formats.rings import rings
from engine.labels.formats.run_lengths import decode_runs, encode_runs
from engine.labels.provenance import HUMAN
from engine.labels.tools.polygon import polygons

# pycocotools 2.0.11 has not followed NumPy 2 here; its answers are right.
_ITS_OWN = "ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning"

CITY = LabelClasses(CITYSCAPES_CLASSES[:4], cityscapes_palette()[:4])
EXACT = ["voc", "index", "cityscapes", "coco", "labelme"]
POLYGONS = ["coco-polygons", "yolo-seg"]


@st.composite
def label_maps(draw: st.DrawFn) -> np.ndarray:
    shape = draw(st.integers(1, 24)), draw(st.integers(1, 24))
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    values = np.array([0, 1, 2, 3, 255], np.uint8)[: draw(st.integers(1, 5))]
    coarse = draw(st.sampled_from([1, 3, 6]))
    small = random.choice(values, (-(-shape[0] // coarse), -(-shape[1] // coarse)))
    return np.repeat(np.repeat(small, coarse, 0), coarse, 1)[: shape[0], : shape[1]]


def item(labels: np.ndarray, name: str = "aachen_000000_000019") -> ExportItem:
    return ExportItem(name, Path(f"/photos/{name}.jpg"), labels, np.full(labels.shape, HUMAN, np.uint8))


class Items:
    """Labels in memory; one of them may be damaged."""

    def __init__(self, *items: ExportItem | RhoscopeError) -> None:
        self._items = items

    def __len__(self) -> int:
        return len(self._items)

    def load(self, index: int) -> ExportItem:
        found = self._items[index]
        if isinstance(found, RhoscopeError):
            raise found
        return found


@given(label_maps())
@settings(max_examples=150, deadline=None)
def test_rings_hold_a_mask_exactly(labels: np.ndarray) -> None:
    mask = labels == 0
    found = rings(mask)
    selection = polygons([ring.points for ring in found], shape=mask.shape)
    filled = np.zeros_like(mask)
    filled[selection.area.slices] = selection.mask
    np.testing.assert_array_equal(filled, mask)
    assert sum(not ring.hole for ring in found) == ndimage.label(mask)[1]
    outside, count = ndimage.label(np.pad(~mask, 1, constant_values=True), np.ones((3, 3)))
    assert outside.max() == count
    assert sum(ring.hole for ring in found) == count - 1
    assert sum(-ring.area if ring.hole else ring.area for ring in found) == mask.sum()


@pytest.mark.parametrize("name", [*EXACT, *POLYGONS])
@given(label_maps())
@settings(max_examples=25, deadline=None)
def test_what_is_read_back_is_what_was_promised(
    tmp_path_factory: pytest.TempPathFactory, name: str, labels: np.ndarray
) -> None:
    folder = tmp_path_factory.mktemp(name)
    writer = FORMATS[name](folder, CITY)
    writer.write(item(labels))
    writer.finish()
    reader = FORMATS[name](folder, CITY)
    assert reader.names() == ["aachen_000000_000019"]
    height, width = labels.shape
    found = reader.read("aachen_000000_000019", shape=(height, width))
    held, loss = writer.held(labels)
    np.testing.assert_array_equal(found, held)
    assert (found != labels).sum() == loss.changed
    if name in EXACT:
        assert loss.changed == 0
    elif loss.changed:
        assert loss.holes > 0  # polygons lose nothing else


def test_only_undecided_pixels_in_holes_are_lost_by_polygons() -> None:
    labels = np.zeros((20, 20), np.uint8)
    labels[4:12, 4:12] = 1
    labels[6:8, 6:8] = 2  # a hole in 1, and 1 is a hole in 0: both come back, being painted later
    labels[15, 15] = 255
    held, loss = held_by_polygons(labels)
    assert (loss.changed, loss.holes, loss.one_pixel_parts) == (1, 3, 0)
    assert held[15, 15] == 0
    labels[15, 15] = 3
    assert held_by_polygons(labels)[1].changed == 0
    assert held_by_polygons(labels)[1].one_pixel_parts == 1
    assert [part.label for part in parts_of(labels).parts] == [0, 1, 2, 3]


@given(label_maps())
@settings(max_examples=100, deadline=None)
def test_runs_go_there_and_back(labels: np.ndarray) -> None:
    mask = labels == 0
    runs = encode_runs(mask)
    assert all(run > 0 for run in runs[1:])
    np.testing.assert_array_equal(decode_runs(runs, mask.shape), mask)


def test_damaged_runs_are_told() -> None:
    for runs in ([1, 2], [5, -1], "abc\x7f", "Q"):
        with pytest.raises(DataError):
            decode_runs(runs, (2, 2))


@pytest.mark.filterwarnings(_ITS_OWN)
@given(label_maps())
@settings(max_examples=100, deadline=None)
def test_pycocotools_reads_our_runs_and_we_read_its(labels: np.ndarray) -> None:
    coco = pytest.importorskip("pycocotools.mask")
    mask = labels == 0
    height, width = mask.shape
    theirs = coco.frPyObjects({"size": [height, width], "counts": encode_runs(mask)}, height, width)
    np.testing.assert_array_equal(coco.decode(theirs).astype(bool), mask)
    packed = coco.encode(np.asfortranarray(mask.astype(np.uint8)))
    np.testing.assert_array_equal(decode_runs(packed["counts"].decode(), (height, width)), mask)


@pytest.mark.filterwarnings(_ITS_OWN)
def test_pycocotools_opens_an_export(tmp_path: Path) -> None:
    coco = pytest.importorskip("pycocotools.coco")
    labels = np.random.default_rng(0).integers(0, 4, (30, 40)).astype(np.uint8)
    export_labels(Items(item(labels)), format="coco", folder=tmp_path, classes=CITY)
    opened = coco.COCO(str(tmp_path / "annotations.json"))
    found = np.full(labels.shape, 255, np.uint8)
    for annotation in opened.loadAnns(opened.getAnnIds()):
        found[opened.annToMask(annotation).astype(bool)] = annotation["category_id"] - 1
    np.testing.assert_array_equal(found, labels)


def test_an_export_reports_first_and_leaves_out_what_is_damaged(tmp_path: Path) -> None:
    labels = np.zeros((10, 10), np.uint8)
    labels[5, 5] = 255
    said: list[ExportSummary] = []

    def before(summary: ExportSummary) -> None:
        said.append(summary)
        assert not any(tmp_path.iterdir())

    broken = ProjectError("holds a damaged label map", path=Path("p.rhoscope"))
    strange = item(np.full((4, 4), 77, np.uint8), "strange")
    summary = export_labels(
        Items(item(labels, "a"), broken, strange, item(labels, "b")), format="yolo-seg", folder=tmp_path, classes=CITY,
        before_writing=before,
    )  # fmt: skip
    assert said == [summary]
    assert (summary.images, summary.loss.changed, summary.loss.holes) == (2, 2, 2)
    assert summary.pixels == {0: 198, 255: 2}
    assert summary.failed[0] is broken
    assert "label 77 is none of the 4 classes" in str(summary.failed[1])
    assert sorted(path.name for path in (tmp_path / "labels").iterdir()) == ["a.txt", "b.txt"]
    assert json.loads((tmp_path / "provenance" / "legend.json").read_text()) == {str(HUMAN): "human"}
    assert not list(tmp_path.rglob("*.tmp"))


def test_a_difference_after_writing_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    labels = np.zeros((10, 10), np.uint8)
    monkeypatch.setattr("engine.labels.formats.yolo_seg.YoloSegFormat.held", lambda self, labels: (labels + 1, None))
    monkeypatch.setattr("engine.labels.formats.export.look_through", lambda *_, **__: (ExportSummary(), [0]))
    with pytest.raises(DataError, match="read back with 100 other pixels"):
        export_labels(Items(item(labels)), format="yolo-seg", folder=tmp_path, classes=CITY)


def test_classes_without_a_place_in_cityscapes_are_counted_and_left_unlabelled(tmp_path: Path) -> None:
    target = FORMATS["cityscapes"](tmp_path, LabelClasses(VOC_CLASSES, voc_palette()[:21]))
    labels = np.array([[1, 7, 7, 15, 255]], dtype=np.uint8)  # aeroplane, car, car, person
    expected = np.array([[255, 7, 7, 15, 255]], dtype=np.uint8)
    held, loss = target.held(labels)
    assert np.array_equal(held, expected)
    assert loss.changed == 1
    target.write(item(labels, "town_000000_000019"))
    assert np.array_equal(target.read("town_000000_000019", shape=(1, 5)), expected)
    with pytest.raises(DataError, match="aeroplane"):
        FORMATS["cityscapes"](tmp_path, LabelClasses(VOC_CLASSES[:2], voc_palette()[:2]))


def test_labelme_files_keep_what_others_wrote_and_are_read_with_their_polygons(tmp_path: Path) -> None:
    shapes = [
        {"label": "road", "shape_type": "polygon", "points": [[0, 0], [8, 0], [8, 8], [0, 8]]},
        {"label": "wall", "shape_type": "rectangle", "points": [[2, 2], [3.5, 4]]},
    ]
    path = tmp_path / "a.json"
    path.write_text(json.dumps({"shapes": shapes, "mine": 5, "imageHeight": 10, "imageWidth": 12}))
    target = FORMATS["labelme"](tmp_path, CITY)
    found = target.read("a", shape=(10, 12))
    assert ((found == 0).sum(), (found == 3).sum(), (found == 255).sum()) == (64 - 6, 6, 120 - 64)
    target.write(item(found, "a"))
    assert json.loads(path.read_text())["mine"] == 5
    np.testing.assert_array_equal(target.read("a", shape=(10, 12)), found)


@pytest.mark.parametrize(
    ("name", "file", "text"),
    [
        ("labelme", "a.json", "{"),
        ("labelme", "a.json", '{"shapes": [{"label": "zebra", "points": []}]}'),
        ("labelme", "a.json", '{"shapes": [{"label": "road", "points": [[1, 1]], "shape_type": "circle"}]}'),
        ("labelme", "a.json", '{"shapes": [], "imageHeight": 3, "imageWidth": 3}'),
        ("labelme", "a.json", "[]"),
        ("yolo-seg", "labels/a.txt", "0 0.1 0.1 0.9"),
        ("yolo-seg", "labels/a.txt", "9 0.1 0.1 0.9 0.1 0.5 0.5"),
        ("yolo-seg", "labels/a.txt", "0 nan 0.1 0.9 0.1 0.5 0.5"),
        ("coco", "annotations.json", "{}"),
        ("coco", "annotations.json", '{"images": [], "annotations": [], "categories": [{"id": 1, "name": "zebra"}]}'),
        ("coco", "annotations.json", '{"images": [], "annotations": [], "categories": []}'),
        ("index", "a.png", "no PNG"),
        ("voc", "SegmentationClass/a.png", "no PNG"),
    ],
)
def test_damaged_files_are_named(tmp_path: Path, name: str, file: str, text: str) -> None:
    path = tmp_path / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    with pytest.raises(DataError) as told:
        FORMATS[name](tmp_path, CITY).read("a", shape=(10, 10))
    assert told.value.path == path


@pytest.mark.data
@pytest.mark.parametrize("name", [*(name for name in EXACT if name != "cityscapes"), *POLYGONS])
def test_real_voc_masks_come_back(data_folder: Path, tmp_path: Path, name: str) -> None:
    from engine.data.label_files import read_label_map
    from engine.data.voc import VOC

    masks = sorted((VOC.root(data_folder / "VOCdevkit") / "SegmentationClass").glob("*.png"))[:12]
    items = [item(read_label_map(path), path.stem) for path in masks]
    assert items
    classes = LabelClasses(VOC_CLASSES, voc_palette()[:21])
    summary = export_labels(Items(*items), format=name, folder=tmp_path, classes=classes)
    assert summary.images == len(items)
    if name in EXACT:
        assert summary.loss.changed == 0
        reader = FORMATS[name](tmp_path, classes)
        for one in items:
            np.testing.assert_array_equal(reader.read(one.name, shape=one.labels.shape), one.labels)
    else:  # void borders between a thing and what surrounds it lie in the surroundings' hole
        assert 0 < summary.loss.changed <= summary.pixels[255]


def test_cityscapes_own_table_agrees_with_an_export(tmp_path: Path) -> None:
    table = pytest.importorskip("cityscapesscripts.helpers.labels")
    classes = LabelClasses(CITYSCAPES_CLASSES, cityscapes_palette())
    labels = np.arange(20, dtype=np.uint8).reshape(4, 5)
    labels[labels == 19] = 255
    export_labels(Items(item(labels)), format="cityscapes", folder=tmp_path, classes=classes)
    base = tmp_path / "gtFine" / "train" / "aachen" / "aachen_000000_000019_gtFine"
    with Image.open(f"{base}_labelIds.png") as ids, Image.open(f"{base}_color.png") as colours:
        for row, column in np.ndindex(labels.shape):
            theirs = table.id2label[ids.getpixel((column, row))]
            assert theirs.trainId == labels[row, column]
            assert theirs.color == colours.getpixel((column, row))
            assert theirs.name == ("unlabeled" if theirs.trainId == 255 else CITYSCAPES_CLASSES[theirs.trainId])
