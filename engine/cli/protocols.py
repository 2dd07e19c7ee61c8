"""--protocol, which predict, eval and sweep share."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Final

from engine.errors import SettingError

if TYPE_CHECKING:
    from engine.evaluation.protocols import Protocol

# As in engine.evaluation.protocols, which needs torch; a test holds the two together.
NAMES: Final = (
    "pspnet-voc", "pspnet-voc-ms", "pspnet-cityscapes", "pspnet-cityscapes-ms", "deeplab", "deeplab-msc", "exfuse",
    "layer-cascade-ms",
)  # fmt: skip


def add_protocol_argument(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--protocol", choices=NAMES, help="test as a reference does, at the photo's own size; see docs/evaluation.md"
    )


def chosen_protocol(args: argparse.Namespace, *, views: bool = False) -> Protocol | None:
    """The protocol asked for.

    Args:
        views: whether scales or mirroring were asked for as well.

    Raises:
        SettingError: it is asked for together with what it decides itself.
    """
    if args.protocol is None:
        return None
    if views or args.max_side is not None:
        raise SettingError(
            f"the protocol {args.protocol} has its own sizes and scales", cure="leave --scales, --flip, --max-side out"
        )
    from engine.evaluation.protocols import find_protocol

    return find_protocol(args.protocol)


def refuse_hard_crf(args: argparse.Namespace, *, stage_count: int) -> None:
    """Raises SettingError: the views of a protocol have no one set of hard pixels."""
    if args.protocol is not None and args.crf == "hard" and stage_count > 1:
        raise SettingError(
            "--crf hard does not go with --protocol: each view has its own hard pixels", cure="--crf full"
        )
