"""Tools of one click: fill, magic wand, picker."""

from __future__ import annotations

from app.canvas.tool import Pointer
from app.canvas.tools.base import LabelTool, pixel_of
from engine.labels.selection import Selection
from engine.labels.tools.fill import flood_fill, magic_wand
from engine.labels.tools.picker import pick


class FillTool(LabelTool):
    """Fills the pixels of one label that hang together."""

    def press(self, pointer: Pointer) -> None:
        document = self.model.document
        at = None if document is None else pixel_of(pointer, document.shape)
        if document is None or at is None or not self.model.editing.editable:
            return

        def put(found: Selection) -> None:
            if self.model.document is document:
                self.model.paint(found)

        self.model.background.run("fill", lambda: flood_fill(document.labels, row=at[0], column=at[1]), put)


class WandTool(LabelTool):
    """Paints pixels whose colour is near that of the one clicked."""

    def press(self, pointer: Pointer) -> None:
        photo = self.model.photo
        at = None if photo is None else pixel_of(pointer, photo.shape)
        if photo is None or at is None or not self.model.editing.editable:
            return
        settings = self.model.tools.settings

        def find() -> Selection:
            return magic_wand(
                photo.rgb, row=at[0], column=at[1], tolerance=settings.tolerance, contiguous=settings.contiguous
            )

        def put(found: Selection) -> None:
            if self.model.photo is photo:
                self.model.paint(found)

        self.model.background.run("wand", find, put)


class PickerTool(LabelTool):
    """Takes the class under the pointer; where nobody has decided, the proposal's."""

    def press(self, pointer: Pointer) -> None:
        document = self.model.document
        at = None if document is None else pixel_of(pointer, document.shape)
        if document is None or at is None:
            return
        picked = pick(document.labels, document.provenance, row=at[0], column=at[1])
        result = self.model.proposal.result
        if picked is None:
            return
        label = picked.label
        if picked.provenance == 0 and result is not None:
            label = int(result.label_map[at])
        self.model.tools.choose_label(label)
