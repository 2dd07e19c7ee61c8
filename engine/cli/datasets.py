"""The options by which commands name a labelled data set."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from engine.cli.console import Console
    from engine.data.pairs import PairedData

# Written out, not imported: the command line is understood before numpy and Pillow load.
DATASETS: Final = ("auto", "voc", "cityscapes", "camvid", "folder", "project")


def add_dataset_options(parser: argparse.ArgumentParser, *, split: str = "val") -> None:
    """--dataset, --root, and either --split or --list."""
    parser.add_argument(
        "--dataset", choices=DATASETS, default="auto", help="its layout (default: recognised from the folder)"
    )
    parser.add_argument(
        "--root", type=Path, required=True, metavar="DIR", help="the data set's folder, or a project file"
    )
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--split", default=split, metavar="NAME", help=f"which of its lists (default: {split})")
    which.add_argument("--list", dest="list_file", type=Path, metavar="FILE", help="a list of images of your own")
    parser.add_argument(
        "--cityscapes-labels",
        choices=("labelIds", "labelTrainIds"),
        default="labelIds",
        help="which label files of Cityscapes are read (default: labelIds)",
    )


def dataset_of(args: argparse.Namespace, console: Console) -> PairedData:
    """The data set that the options name; says what was found. Raises RhoscopeError."""
    from engine.data.opening import found_text, open_dataset

    data = open_dataset(
        args.root,
        layout=args.dataset,
        split=args.split,
        list_file=args.list_file,
        cityscapes_labels=args.cityscapes_labels,
    )
    console.say(found_text(data))
    return data
