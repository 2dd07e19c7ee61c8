"""Random views of labelled images. All chance comes from the generator passed in, so a sample can be drawn again."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from engine.cascade.result import IGNORE, UInt8

IMAGENET_MEAN_RGB = (124, 116, 104)


@dataclass(frozen=True)
class Augmentation:
    """Mirror, scale, crop and colour jitter. Labels are only ever moved by nearest-neighbour geometry.

    Attributes:
        crop: side of the square that comes out, pixels.
        scale: least and greatest factor; drawn uniformly in its logarithm, so that 0.5 is as likely as 2.
        mirror: probability of a left-right flip.
        stretch: greatest relative change of the aspect ratio, 0 = none.
        brightness, contrast, saturation: greatest relative change, 0 = none.
        hue: greatest shift in degrees, 0 = none.
        paste: probability that the objects of another labelled image, seen in a view of their own, are laid over this
            one ("Simple Copy-Paste", Ghiasi et al., CVPR 2021); class 0 is then the background.
        fill: RGB that pads an image smaller than the crop, the mean that normalisation subtracts; labels there are 255.
    """

    crop: int
    scale: tuple[float, float] = (0.5, 2.0)
    mirror: float = 0.5
    stretch: float = 0.0
    brightness: float = 0.0
    contrast: float = 0.0
    saturation: float = 0.0
    hue: float = 0.0
    paste: float = 0.0
    fill: tuple[int, int, int] = IMAGENET_MEAN_RGB

    def __call__(self, rgb: UInt8, labels: UInt8, *, rng: np.random.Generator) -> tuple[UInt8, UInt8]:
        """A crop×crop×3 uint8 view and its crop×crop uint8 labels."""
        rgb, labels = self._resize(rgb, labels, rng)
        rgb, labels = self._crop(rgb, labels, rng)
        if rng.random() < self.mirror:
            rgb, labels = rgb[:, ::-1], labels[:, ::-1]
        return self._jitter(np.ascontiguousarray(rgb), rng), np.ascontiguousarray(labels)

    def _resize(self, rgb: UInt8, labels: UInt8, rng: np.random.Generator) -> tuple[UInt8, UInt8]:
        low, high = np.log(self.scale[0]), np.log(self.scale[1])
        factor = float(np.exp(rng.uniform(low, high)))
        aspect = float(np.exp(rng.uniform(-1.0, 1.0) * np.log1p(self.stretch) / 2))
        height, width = labels.shape
        size = (max(1, round(width * factor * aspect)), max(1, round(height * factor / aspect)))
        if size == (width, height):
            return rgb, labels
        smaller = size[0] * size[1] < width * height
        resized = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA if smaller else cv2.INTER_LINEAR)
        # INTER_NEAREST_EXACT samples at pixel centres, as the image filters do; INTER_NEAREST is half a pixel off.
        moved = cv2.resize(labels, size, interpolation=cv2.INTER_NEAREST_EXACT)
        return np.asarray(resized, dtype=np.uint8), np.asarray(moved, dtype=np.uint8)

    def _crop(self, rgb: UInt8, labels: UInt8, rng: np.random.Generator) -> tuple[UInt8, UInt8]:
        height, width = labels.shape
        view = np.empty((self.crop, self.crop, 3), dtype=np.uint8)
        if height < self.crop or width < self.crop:
            view[:] = self.fill
        truth = np.full((self.crop, self.crop), IGNORE, dtype=np.uint8)
        # A larger image is cut anywhere, a smaller one put anywhere, so that no corner of the crop is always padding.
        source_y, target_y, rows = _overlap(height, self.crop, rng)
        source_x, target_x, columns = _overlap(width, self.crop, rng)
        source = np.s_[source_y : source_y + rows, source_x : source_x + columns]
        target = np.s_[target_y : target_y + rows, target_x : target_x + columns]
        view[target] = rgb[source]
        truth[target] = labels[source]
        return view, truth

    def _jitter(self, rgb: UInt8, rng: np.random.Generator) -> UInt8:
        """Colour changes; all four numbers are always drawn, so that switching one off changes no other."""
        brightness, contrast, saturation, hue = rng.uniform(-1.0, 1.0, size=4)
        if self.hue or self.saturation:
            hsv = cv2.cvtColor(rgb, cv2.COLOR_RGB2HSV_FULL)
            hsv[..., 0] += np.uint8(round(hue * self.hue * 256 / 360) % 256)
            hsv[..., 1] = cv2.LUT(hsv[..., 1], _line(1.0 + saturation * self.saturation, pivot=0.0))
            rgb = np.asarray(cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB_FULL), dtype=np.uint8)
        if self.brightness or self.contrast:
            bright = _line(1.0 + brightness * self.brightness, pivot=0.0)
            table = _line(1.0 + contrast * self.contrast, pivot=float(np.mean(self.fill)))[bright]
            rgb = np.asarray(cv2.LUT(rgb, table), dtype=np.uint8)
        return rgb


def paste_objects(rgb: UInt8, labels: UInt8, donor_rgb: UInt8, donor_labels: UInt8) -> tuple[UInt8, UInt8]:
    """Lays the donor's objects, every pixel of a class but 0 and void, over an image of the same size."""
    objects = (donor_labels != 0) & (donor_labels != IGNORE)
    return np.where(objects[..., None], donor_rgb, rgb), np.where(objects, donor_labels, labels)


def _overlap(size: int, crop: int, rng: np.random.Generator) -> tuple[int, int, int]:
    """Start in the image, start in the crop and common length along one axis."""
    start = int(rng.integers(0, abs(size - crop) + 1))
    return (start, 0, crop) if size >= crop else (0, start, size)


def _line(factor: float, *, pivot: float) -> UInt8:
    """256-entry table of value → pivot + factor · (value − pivot), clipped."""
    values = np.arange(256, dtype=np.float64)
    return np.clip(np.rint(pivot + factor * (values - pivot)), 0, 255).astype(np.uint8)
