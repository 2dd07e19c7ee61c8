"""Random views of labelled images. All chance comes from the generator passed in, so a sample can be drawn again."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from engine.cascade.result import IGNORE, UInt8
from engine.errors import SettingError

IMAGENET_MEAN_RGB = (124, 116, 104)


@dataclass(frozen=True)
class Augmentation:
    """What may happen to a training image, each part switched off by 0 or an empty list; a recipe's [augmentation].

    Labels are only ever moved by nearest-neighbour geometry; pixels that come from outside the image are labelled 255.

    Attributes:
        scale: least and greatest factor; drawn uniformly in its logarithm, so that 0.5 is as likely as 2.
        scales: factors to choose from in place of `scale`, e.g. the five of DeepLab and of the layer cascade's paper,
            [0.5, 0.75, 1.0, 1.25, 1.5].
        mirror: probability of a left-right flip.
        stretch: greatest relative change of the aspect ratio.
        rotation: greatest angle in degrees to either side, about the middle, in the same frame; rotation_chance: how
            often.
        blur: greatest standard deviation of a Gaussian blur in pixels of the crop; blur_chance: how often.
        brightness, contrast, saturation: greatest relative change.
        hue: greatest shift in degrees.
        paste: probability that the objects of another labelled image, seen in a view of their own, are laid over this
            one ("Simple Copy-Paste", Ghiasi et al., CVPR 2021); for tables whose class 0 is the background.
    """

    scale: tuple[float, float] = (0.5, 2.0)
    scales: tuple[float, ...] = ()
    mirror: float = 0.5
    stretch: float = 0.0
    rotation: float = 0.0
    rotation_chance: float = 0.5
    blur: float = 0.0
    blur_chance: float = 0.5
    brightness: float = 0.0
    contrast: float = 0.0
    saturation: float = 0.0
    hue: float = 0.0
    paste: float = 0.0


@dataclass(frozen=True)
class RandomView:
    """Draws views of labelled images.

    Attributes:
        crop: side of the square that comes out, pixels.
        fill: RGB that pads an image smaller than the crop, the mean that normalisation subtracts; labels there are 255.
    """

    augmentation: Augmentation
    crop: int
    fill: tuple[int, int, int] = IMAGENET_MEAN_RGB

    def __call__(self, rgb: UInt8, labels: UInt8, *, rng: np.random.Generator) -> tuple[UInt8, UInt8]:
        """A crop×crop×3 uint8 view and its crop×crop uint8 labels."""
        degrees, sigma = self._draw_further(rng)
        rgb, labels = self._resize(rgb, labels, rng)
        if degrees:
            rgb, labels = rotated(rgb, labels, degrees=degrees, fill=self.fill)
        rgb, labels = self._crop(rgb, labels, rng)
        if rng.random() < self.augmentation.mirror:
            rgb, labels = rgb[:, ::-1], labels[:, ::-1]
        if sigma:
            rgb = blurred(rgb, sigma=sigma)
        return self._jitter(np.ascontiguousarray(rgb), rng), np.ascontiguousarray(labels)

    def _draw_further(self, rng: np.random.Generator) -> tuple[float, float]:
        """Angle in degrees and blur in pixels, 0 = none, from a generator of their own.

        So switching them on, off or to another strength changes no other draw. All four numbers are always drawn.
        """
        a = self.augmentation
        if not a.rotation and not a.blur:
            return 0.0, 0.0
        (own,) = rng.spawn(1)
        turns, angle, blurs, sigma = own.random(4)
        return (
            float(2.0 * angle - 1.0) * a.rotation if turns < a.rotation_chance else 0.0,
            float(sigma) * a.blur if blurs < a.blur_chance else 0.0,
        )

    def _resize(self, rgb: UInt8, labels: UInt8, rng: np.random.Generator) -> tuple[UInt8, UInt8]:
        factor = self._factor(rng)
        aspect = float(np.exp(rng.uniform(-1.0, 1.0) * np.log1p(self.augmentation.stretch) / 2))
        height, width = labels.shape
        size = (max(1, round(width * factor * aspect)), max(1, round(height * factor / aspect)))
        if size == (width, height):
            return rgb, labels
        smaller = size[0] * size[1] < width * height
        resized = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA if smaller else cv2.INTER_LINEAR)
        # INTER_NEAREST_EXACT samples at pixel centres, as the image filters do; INTER_NEAREST is half a pixel off.
        moved = cv2.resize(labels, size, interpolation=cv2.INTER_NEAREST_EXACT)
        return np.asarray(resized, dtype=np.uint8), np.asarray(moved, dtype=np.uint8)

    def _factor(self, rng: np.random.Generator) -> float:
        """One number is drawn either way."""
        a = self.augmentation
        if a.scales:
            return a.scales[int(rng.random() * len(a.scales))]
        return float(np.exp(rng.uniform(np.log(a.scale[0]), np.log(a.scale[1]))))

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
        a = self.augmentation
        brightness, contrast, saturation, hue = rng.uniform(-1.0, 1.0, size=4)
        if a.hue or a.saturation:
            hsv = cv2.cvtColor(rgb, cv2.COLOR_RGB2HSV_FULL)
            hsv[..., 0] += np.uint8(round(hue * a.hue * 256 / 360) % 256)
            hsv[..., 1] = cv2.LUT(hsv[..., 1], _line(1.0 + saturation * a.saturation, pivot=0.0))
            rgb = np.asarray(cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB_FULL), dtype=np.uint8)
        if a.brightness or a.contrast:
            bright = _line(1.0 + brightness * a.brightness, pivot=0.0)
            table = _line(1.0 + contrast * a.contrast, pivot=float(np.mean(self.fill)))[bright]
            rgb = np.asarray(cv2.LUT(rgb, table), dtype=np.uint8)
        return rgb


def rotated(rgb: UInt8, labels: UInt8, *, degrees: float, fill: tuple[int, int, int]) -> tuple[UInt8, UInt8]:
    """Image and labels turned counter-clockwise about their middle in the same frame; corners are fill and 255."""
    height, width = labels.shape
    # Pixel centres lie on whole numbers, so the middle of the frame is half a pixel before its half size.
    matrix = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), degrees, 1.0)
    turned = cv2.warpAffine(
        rgb, matrix, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=fill
    )
    moved = cv2.warpAffine(
        labels, matrix, (width, height), flags=cv2.INTER_NEAREST, borderMode=cv2.BORDER_CONSTANT, borderValue=IGNORE
    )
    return np.asarray(turned, dtype=np.uint8), np.asarray(moved, dtype=np.uint8)


def blurred(rgb: UInt8, *, sigma: float) -> UInt8:
    """The image under a Gaussian of a standard deviation in pixels, > 0."""
    return np.asarray(cv2.GaussianBlur(np.ascontiguousarray(rgb), (0, 0), sigma), dtype=np.uint8)


def check_augmentation(augmentation: Augmentation) -> None:
    """Raises SettingError where a value is out of its range."""
    a = augmentation
    if not 0.0 < a.scale[0] <= a.scale[1]:
        raise SettingError("augmentation.scale is two positive factors, the smaller first")
    if any(factor <= 0.0 for factor in a.scales):
        raise SettingError("augmentation.scales are positive factors")
    for name in ("mirror", "rotation_chance", "blur_chance", "paste"):
        if not 0.0 <= getattr(a, name) <= 1.0:
            raise SettingError(f"augmentation.{name} is a probability, 0 to 1")
    for name in ("stretch", "blur", "brightness", "contrast", "saturation", "hue"):
        if getattr(a, name) < 0.0:
            raise SettingError(f"augmentation.{name} is at least 0")
    if not 0.0 <= a.rotation <= 180.0:
        raise SettingError("augmentation.rotation lies in 0 to 180 degrees")


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
