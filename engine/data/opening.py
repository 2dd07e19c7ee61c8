"""Opening a data set: its layout is recognised from its folder, or named."""

from __future__ import annotations

from pathlib import Path
from typing import Final, Literal, Protocol

from engine.data.camvid import CAMVID, CamVidData
from engine.data.cityscapes import CITYSCAPES, CityscapesData, CityscapesLabels
from engine.data.folder import FOLDER, FolderData
from engine.data.layout import Layout, check_folder, contents
from engine.data.pairs import PairedData
from engine.data.project_labels import PROJECT, ProjectData, project_files
from engine.data.voc import VOC, VocData
from engine.errors import DataError, SettingError

AUTO: Final = "auto"
LayoutName = Literal["auto", "voc", "cityscapes", "camvid", "folder", "project"]


class _Open(Protocol):
    def __call__(self, root: Path, *, split: str, list_file: Path | None) -> PairedData: ...


LAYOUTS: Final[dict[str, Layout]] = {layout.name: layout for layout in (VOC, CITYSCAPES, CAMVID, FOLDER, PROJECT)}
_OPEN: Final[dict[str, _Open]] = {
    VOC.name: VocData,
    CAMVID.name: CamVidData,
    FOLDER.name: FolderData,
    PROJECT.name: ProjectData,
}


def open_dataset(
    root: Path,
    *,
    layout: str | None = None,
    split: str,
    list_file: Path | None = None,
    cityscapes_labels: CityscapesLabels = "labelIds",
) -> PairedData:
    """The labelled images of one split, with the files behind them.

    Args:
        root: the data set's folder or one above it, up to two levels.
        layout: a name of LAYOUTS; None or "auto" = recognised.
        split: as the layout names its lists, see the layouts' classes.
        list_file: a list of its own in place of the split.
        cityscapes_labels: which label files of Cityscapes are read.

    Raises:
        DataError: no layout, or more than one, is recognised; or as the layouts' classes.
        SettingError: there is no such layout.
    """
    name, found = (layout, root) if layout not in (None, AUTO) else recognise(root)
    if name not in LAYOUTS:
        raise SettingError(f"there is no layout {name}", cure=f"one of {', '.join((AUTO, *LAYOUTS))}")
    if name == CITYSCAPES.name:
        return CityscapesData(found, split=split, list_file=list_file, labels=cityscapes_labels)
    return _OPEN[name](found, split=split, list_file=list_file)


def recognise(root: Path) -> tuple[str, Path]:
    """The layout's name and its root, at the folder or nearest below it; `root` may also be a project file.

    A project counts only where nothing else is recognised: whoever corrects a public data set in place has its files
    and a project side by side, and names the project's file to train on that.

    Raises:
        DataError: none or several; says which were looked for, by which marks, and what is there.
    """
    if root.is_file() and project_files(root):
        return PROJECT.name, root
    check_folder(root)
    at = {name: roots for name, layout in LAYOUTS.items() if (roots := layout.roots_below(root))}
    if len(at) > 1:
        at.pop(PROJECT.name, None)
    # What lies at the folder itself counts before what lies below it.
    here = {name: roots for name, roots in at.items() if roots == [root]}
    hits = [(name, path) for name, roots in (here or at).items() for path in roots]
    if len(hits) == 1:
        return hits[0]
    if hits:
        named = ", ".join(f"{name} in {path}" for name, path in hits)
        raise DataError(f"several data sets are recognised: {named}", path=root, cure="name the layout, or its folder")
    marks = "; ".join(f"{layout.name}: {layout.marks}" for layout in LAYOUTS.values())
    raise DataError(
        f"no data set is recognised: looked here and two levels below for {marks}; {contents(root)}",
        path=root,
        cure="name the data set's folder",
    )


def found_text(data: PairedData) -> str:
    """What was opened, in one line for people."""
    layout = LAYOUTS[data.layout]
    images = f"{len(data)} image{'s' if len(data) > 1 else ''}"
    parts = [f"{layout.title} data in {data.root}: {data.split}, {images}, {len(data.class_names)} classes"]
    if others := [name for name in layout.splits(data.root) if name != data.split]:
        parts.append(f"other splits: {', '.join(others)}")
    if data.unlabelled:
        parts.append(f"left out: {len(data.unlabelled)} without labels")
    if data.unpaired:
        parts.append(f"label maps without an image: {len(data.unpaired)}")
    return "; ".join(parts)
