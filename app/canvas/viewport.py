"""Where the image lies in the view: pure arithmetic, no widget.

View coordinates are logical pixels; image coordinates are the photo's own pixels, from its top left corner.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

# A cell of the grid fills a good part of the screen at this magnification; beyond it there is nothing more to see.
MAX_DEVICE_SCALE = 48.0
# How far an image's edge may be dragged into the view, as a share of the view's side.
_OVERSCROLL = 0.35


@dataclass(frozen=True)
class Viewport:
    """An image of a given size shown in a view of a given size.

    Attributes:
        image_width, image_height: pixels of the photo, at least 1.
        view_width, view_height: logical pixels of the view.
        scale: logical pixels per image pixel.
        x, y: the image's top left corner in the view.
        pixel_ratio: device pixels per logical pixel.
    """

    image_width: int
    image_height: int
    view_width: float
    view_height: float
    scale: float = 1.0
    x: float = 0.0
    y: float = 0.0
    pixel_ratio: float = 1.0

    @property
    def device_scale(self) -> float:
        """Device pixels per image pixel: 1.0 is what people call 100 %."""
        return self.scale * self.pixel_ratio

    @property
    def fit_scale(self) -> float:
        """The scale at which the whole image just fits, with a small margin; small images grow to 8x at most."""
        margin = min(24.0, self.view_width * 0.04, self.view_height * 0.04)
        across = (self.view_width - 2 * margin) / self.image_width
        down = (self.view_height - 2 * margin) / self.image_height
        return max(min(across, down, 8.0 / self.pixel_ratio), 1e-6)

    @property
    def fitted(self) -> bool:
        return abs(self.scale - self.fit_scale) < self.fit_scale * 1e-6

    def fit(self) -> Viewport:
        return self._centred(self.fit_scale)

    def actual_size(self, about: tuple[float, float] | None = None) -> Viewport:
        """One image pixel on one device pixel."""
        return self.zoomed_to(1.0 / self.pixel_ratio, about=about)

    def zoomed_to(self, scale: float, *, about: tuple[float, float] | None = None) -> Viewport:
        """Zoomed so that the image point under `about` (the view's centre where None) stays in its place."""
        lowest = min(self.fit_scale * 0.25, 1.0 / self.pixel_ratio)
        highest = max(MAX_DEVICE_SCALE / self.pixel_ratio, self.fit_scale)
        wanted = min(max(scale, lowest), highest)
        about_x, about_y = about if about is not None else (self.view_width / 2, self.view_height / 2)
        factor = wanted / self.scale
        moved = replace(
            self, scale=wanted, x=about_x - (about_x - self.x) * factor, y=about_y - (about_y - self.y) * factor
        )
        return moved.clamped()

    def panned(self, right: float, down: float) -> Viewport:
        return replace(self, x=self.x + right, y=self.y + down).clamped()

    def resized(self, width: float, height: float, *, pixel_ratio: float) -> Viewport:
        """The view changed size: a fitted image stays fitted, any other keeps its centre."""
        if self.fitted:
            return replace(self, view_width=width, view_height=height, pixel_ratio=pixel_ratio).fit()
        right, down = (width - self.view_width) / 2, (height - self.view_height) / 2
        return replace(
            self, view_width=width, view_height=height, pixel_ratio=pixel_ratio, x=self.x + right, y=self.y + down
        ).clamped()

    def to_image(self, x: float, y: float) -> tuple[float, float]:
        return (x - self.x) / self.scale, (y - self.y) / self.scale

    def to_view(self, x: float, y: float) -> tuple[float, float]:
        return self.x + x * self.scale, self.y + y * self.scale

    def pixel_at(self, x: float, y: float) -> tuple[int, int] | None:
        """The image pixel (column, row) under a view point, None outside the image."""
        column, row = self.to_image(x, y)
        if 0 <= column < self.image_width and 0 <= row < self.image_height:
            return int(column), int(row)
        return None

    def visible(self) -> tuple[float, float, float, float]:
        """The part of the image inside the view as left, top, right, bottom in image pixels."""
        left, top = self.to_image(0.0, 0.0)
        right, bottom = self.to_image(self.view_width, self.view_height)
        return max(left, 0.0), max(top, 0.0), min(right, float(self.image_width)), min(bottom, float(self.image_height))

    def clamped(self) -> Viewport:
        """An image smaller than the view is centred; a larger one may be dragged a little past its edges."""
        x = _clamp_axis(self.x, self.image_width * self.scale, self.view_width)
        y = _clamp_axis(self.y, self.image_height * self.scale, self.view_height)
        return replace(self, x=x, y=y)

    def _centred(self, scale: float) -> Viewport:
        x = (self.view_width - self.image_width * scale) / 2
        y = (self.view_height - self.image_height * scale) / 2
        return replace(self, scale=scale, x=x, y=y)


def _clamp_axis(offset: float, extent: float, view: float) -> float:
    if extent <= view:
        return (view - extent) / 2
    # The slack grows from nothing as the image outgrows the view, so zooming past that point does not jump.
    slack = min(view * _OVERSCROLL, (extent - view) / 2)
    return min(max(offset, view - extent - slack), slack)
