"""The decoder: every pixel layout comes out as upright RGB, everything broken as an ImageError that names the file."""

from __future__ import annotations

import os
import threading
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image, ImageFile

from engine.data import image_formats
from engine.data.image_warnings import collected_warnings
from engine.data.images import MAX_PIXELS, read_image, read_image_size, read_thumbnail
from engine.errors import ImageError
from tests.engine.data.files import animation, gradient, jpeg_with_orientation, png_claiming, save

UPRIGHT = gradient(40, 60)

# How the stored picture has to be changed so that the given EXIF orientation turns it upright again.
STORED = {
    1: lambda a: a,
    2: lambda a: a[:, ::-1],
    3: lambda a: a[::-1, ::-1],
    4: lambda a: a[::-1],
    5: lambda a: a.transpose(1, 0, 2),
    6: lambda a: np.rot90(a, 1),
    7: lambda a: np.rot90(a.transpose(1, 0, 2), 2),
    8: lambda a: np.rot90(a, -1),
}


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_is_applied(tmp_path: Path, orientation: int) -> None:
    stored = np.ascontiguousarray(STORED[orientation](UPRIGHT))
    path = jpeg_with_orientation(tmp_path / "turned.jpg", stored, orientation)
    image = read_image(path)
    assert image.rgb.shape == (40, 60, 3)
    assert image.rgb.dtype == np.uint8
    assert image.rgb.flags.c_contiguous
    assert np.abs(image.rgb.astype(int) - UPRIGHT).max() <= 6
    assert read_image_size(path) == (40, 60)
    thumbnail = read_thumbnail(path, side=30)
    assert thumbnail.shape == (20, 30, 3)
    assert np.abs(thumbnail.astype(int) - UPRIGHT[::2, ::2]).max() <= 16


@pytest.mark.parametrize("orientation", [3, 6])
def test_a_turned_tiff_is_turned_once(tmp_path: Path, orientation: int) -> None:
    path = tmp_path / "turned.tif"
    stored = np.ascontiguousarray(STORED[orientation](UPRIGHT))
    Image.fromarray(stored).save(path, tiffinfo={0x0112: orientation})
    assert np.array_equal(read_image(path).rgb, UPRIGHT)
    assert read_thumbnail(path, side=30).shape == (20, 30, 3)


@pytest.mark.parametrize("value", [0, 9, 65_535])
def test_a_senseless_orientation_is_ignored(tmp_path: Path, value: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = value
    path = tmp_path / "odd.png"
    Image.fromarray(UPRIGHT).save(path, exif=exif)
    assert np.array_equal(read_image(path).rgb, UPRIGHT)


@pytest.mark.parametrize("suffix", ["png", "bmp", "tif", "webp", "ppm"])
def test_lossless_formats_keep_every_pixel(tmp_path: Path, suffix: str) -> None:
    path = save(tmp_path / f"a.{suffix}", UPRIGHT, **({"lossless": True} if suffix == "webp" else {}))
    image = read_image(path)
    assert np.array_equal(image.rgb, UPRIGHT)
    assert image.notes == ()
    assert image.path == path
    assert image.milliseconds > 0


@pytest.mark.parametrize("suffix", ["avif", "jp2", "gif"])
def test_other_formats_are_read(tmp_path: Path, suffix: str) -> None:
    assert read_image(save(tmp_path / f"a.{suffix}", UPRIGHT)).rgb.shape == (40, 60, 3)


def test_cmyk(tmp_path: Path) -> None:
    path = tmp_path / "print.jpg"
    Image.fromarray(UPRIGHT).convert("CMYK").save(path, quality=95)
    image = read_image(path)
    assert np.abs(image.rgb.astype(int) - UPRIGHT).mean() < 8
    assert any("CMYK" in note for note in image.notes)


def test_grey_and_black_and_white(tmp_path: Path) -> None:
    grey = np.ascontiguousarray(UPRIGHT[..., 0])
    image = read_image(save(tmp_path / "grey.png", grey))
    assert np.array_equal(image.rgb, np.repeat(grey[..., None], 3, axis=2))
    assert image.notes == ("grey",)
    path = tmp_path / "fax.png"
    Image.fromarray(grey > 100).save(path)
    assert set(np.unique(read_image(path).rgb)) == {0, 255}


def test_palette(tmp_path: Path) -> None:
    path = tmp_path / "palette.png"
    Image.fromarray(UPRIGHT).quantize(32).save(path)
    assert np.abs(read_image(path).rgb.astype(int) - UPRIGHT).mean() < 16


def test_alpha_is_dropped_where_nothing_shows_through(tmp_path: Path) -> None:
    opaque = np.dstack([UPRIGHT, np.full(UPRIGHT.shape[:2], 255, dtype=np.uint8)])
    image = read_image(save(tmp_path / "opaque.png", opaque))
    assert np.array_equal(image.rgb, UPRIGHT)
    assert image.notes == ("alpha dropped",)


def test_transparent_areas_are_white(tmp_path: Path) -> None:
    layered = np.dstack([UPRIGHT, np.full(UPRIGHT.shape[:2], 255, dtype=np.uint8)])
    layered[:10, :, 3] = 0
    image = read_image(save(tmp_path / "cut out.png", layered))
    assert (image.rgb[:10] == 255).all()
    assert np.array_equal(image.rgb[10:], UPRIGHT[10:])
    assert image.notes == ("transparent areas shown on white",)


@pytest.mark.parametrize(("suffix", "low", "high"), [("png", 100, 4095), ("tif", 0, 65535)])
def test_16_bit_grey_is_stretched_and_says_so(tmp_path: Path, suffix: str, low: int, high: int) -> None:
    values = np.linspace(low, high, 40 * 60).reshape(40, 60).astype(np.uint16)
    image = read_image(save(tmp_path / f"deep.{suffix}", values))
    assert image.rgb[0, 0].tolist() == [0, 0, 0]
    assert image.rgb[-1, -1].tolist() == [255, 255, 255]
    assert (np.diff(image.rgb[..., 0].ravel().astype(int)) >= 0).all()
    assert image.notes == (f"16-bit grey, stretched from {low}..{high}",)


def test_16_bit_colour_says_that_it_is_reduced(tmp_path: Path) -> None:
    import cv2

    deep = UPRIGHT.astype(np.uint16) * 257
    path = tmp_path / "deep.png"
    path.write_bytes(cv2.imencode(".png", np.ascontiguousarray(deep[..., ::-1]))[1].tobytes())
    image = read_image(path)
    assert np.array_equal(image.rgb, UPRIGHT)
    assert image.notes == ("16 bits a channel reduced to 8",)


def test_floating_point_is_stretched_over_its_finite_values(tmp_path: Path) -> None:
    values = np.linspace(-3.0, 5.0, 40 * 60, dtype=np.float32).reshape(40, 60)
    values[5, 5], values[6, 6] = np.nan, np.inf
    image = read_image(save(tmp_path / "float.tif", values))
    assert image.rgb[0, 0, 0] == 0
    assert image.rgb[-1, -1, 0] == 255
    assert image.notes == ("floating point grey, stretched from -3..5",)


def test_floating_point_without_a_finite_value(tmp_path: Path) -> None:
    image = read_image(save(tmp_path / "nan.tif", np.full((4, 4), np.nan, dtype=np.float32)))
    assert not image.rgb.any()
    assert "without a finite value" in image.notes[0]


def test_constant_16_bit_is_grey_not_a_division_by_zero(tmp_path: Path) -> None:
    image = read_image(save(tmp_path / "flat.png", np.full((4, 4), 777, dtype=np.uint16)))
    assert (image.rgb == 127).all()


@pytest.mark.parametrize("suffix", ["gif", "png", "webp", "tif"])
def test_animations_give_their_first_frame_and_say_so(tmp_path: Path, suffix: str) -> None:
    image = read_image(animation(tmp_path / f"moving.{suffix}", 4))
    assert image.rgb.max() <= 2
    assert image.notes[-1] == "first of 4 frames"


@pytest.mark.parametrize("size", [(1, 1), (1, 500), (500, 1), (200, 30_000)])
def test_extreme_shapes(tmp_path: Path, size: tuple[int, int]) -> None:
    path = save(tmp_path / "extreme.png", gradient(*size))
    assert np.array_equal(read_image(path).rgb, gradient(*size))
    thumbnail = read_thumbnail(path, side=128)
    assert max(thumbnail.shape[:2]) == min(128, max(size))
    assert min(thumbnail.shape[:2]) >= 1


@pytest.mark.parametrize("name", ["写真 № 1 🦉.png", "ä ö ü.png", "x" * 240 + ".png"])
def test_names_of_all_kinds(tmp_path: Path, name: str) -> None:
    assert np.array_equal(read_image(save(tmp_path / name, UPRIGHT)).rgb, UPRIGHT)


@pytest.mark.skipif(os.name == "nt", reason="Windows stores names as Unicode")
def test_a_name_that_is_no_unicode(tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(b"caf\xe9.png")
    try:
        path.write_bytes(save(tmp_path / "a.png", UPRIGHT).read_bytes())
    except OSError:
        pytest.skip("this file system takes Unicode names only")
    assert read_image(path).rgb.shape == (40, 60, 3)


def test_missing_file(tmp_path: Path) -> None:
    fails(tmp_path / "nowhere.jpg", "no such file")


def test_folder_in_place_of_a_file(tmp_path: Path) -> None:
    fails(tmp_path, "is a folder")


def test_empty_file(tmp_path: Path) -> None:
    path = tmp_path / "empty.jpg"
    path.touch()
    fails(path, "the file is empty")


def test_text_named_jpg(tmp_path: Path) -> None:
    path = tmp_path / "letter.jpg"
    path.write_text("Dear reader,\n\nthis is no photograph. ρ\n" * 40, encoding="utf-8")
    fails(path, "not an image but a text file")


@pytest.mark.parametrize(
    ("start", "reason"),
    [
        (b"%PDF-1.7\n\x80", "a PDF"),
        (b"PK\3\4\x80\0", "a ZIP archive"),
        (b"\0\0\0\x18ftypheic\0\0", "a HEIC photo"),
        (bytes(600), "begins with zeros"),
        (b"\xff\xd8\xff\xe0 nothing follows", "damaged"),
        (b"\x89PNG\r\n\x1a\n", "damaged"),
        (b"II*\0\xff\xff\xff\x7f", "TIFF whose layout is not supported"),
        (bytes(range(128, 256)), "not an image"),
    ],
)
def test_other_files_named_like_images(tmp_path: Path, start: bytes, reason: str) -> None:
    path = tmp_path / "other.jpg"
    path.write_bytes(start)
    fails(path, reason)


@pytest.mark.parametrize("suffix", ["jpg", "png", "tif", "webp", "bmp", "gif", "avif", "jp2"])
@pytest.mark.parametrize("kept", [0.3, 0.7])
def test_truncated_file(tmp_path: Path, suffix: str, kept: float) -> None:
    noise = np.random.default_rng(3).integers(0, 256, (200, 300, 3), dtype=np.uint8)
    path = save(tmp_path / f"whole.{suffix}", noise)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * kept)])
    fails(path, "")


@pytest.mark.parametrize("suffix", ["jpg", "png", "tif", "webp", "bmp", "gif", "avif", "jp2", "ppm"])
def test_damaged_bytes_never_raise_anything_but_an_image_error(tmp_path: Path, suffix: str) -> None:
    data = bytearray(save(tmp_path / f"good.{suffix}", gradient(30, 40)).read_bytes())
    random = np.random.default_rng(7)
    path = tmp_path / f"bad.{suffix}"
    refused: list[Path | None] = []
    for _ in range(60):
        broken = bytearray(data)
        for place in random.integers(0, min(len(broken), 400), 6):
            broken[place] = random.integers(0, 256)
        path.write_bytes(broken)
        try:
            rgb = read_image(path).rgb
        except ImageError as error:
            refused.append(error.path)
        else:
            assert rgb.ndim == 3
    assert refused == [path] * len(refused)


def test_a_bomb_is_refused_before_it_is_decoded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("the bomb was decoded")

    monkeypatch.setattr(ImageFile.ImageFile, "load", refuse)
    side = int(MAX_PIXELS**0.5)
    fails(png_claiming(tmp_path / "bomb.png", side + 1, side + 1), "is too large: 16385×16385 pixels, 268 megapixels")
    fails(png_claiming(tmp_path / "large bomb.png", 2**30, 2**30), "claims more than 537 megapixels")


def test_a_bomb_in_a_text_chunk_is_refused(tmp_path: Path) -> None:
    from PIL import PngImagePlugin

    text = PngImagePlugin.PngInfo()
    text.add_text("comment", "a" * (PngImagePlugin.MAX_TEXT_CHUNK + 1), zip=True)
    path = tmp_path / "chatty.png"
    Image.fromarray(UPRIGHT).save(path, pnginfo=text)
    fails(path, "")


def test_pillows_own_guard_stays_on() -> None:
    assert Image.MAX_IMAGE_PIXELS == MAX_PIXELS
    assert not ImageFile.LOAD_TRUNCATED_IMAGES


def test_200_megapixels_are_within_the_limit(tmp_path: Path) -> None:
    """Only the header is asked for: decoding it would take a gigabyte."""
    assert read_image_size(png_claiming(tmp_path / "mosaic.png", 20_000, 10_000)) == (10_000, 20_000)


def test_no_memory_is_an_image_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def out_of_memory(*_: object) -> None:
        raise MemoryError

    path = save(tmp_path / "a.png", UPRIGHT)
    monkeypatch.setattr("engine.data.images.to_rgb", out_of_memory)
    fails(path, "not enough memory for 60×40 pixels")


@pytest.mark.parametrize(("free", "readable"), [(300_000_000, True), (100_000_000, False)])
def test_a_large_image_is_refused_where_memory_is_short(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: int, readable: bool
) -> None:
    path = save(tmp_path / "large.png", np.zeros((4000, 5000, 3), dtype=np.uint8))
    monkeypatch.setattr("psutil.virtual_memory", lambda: SimpleNamespace(available=free))
    if readable:
        assert read_image(path).rgb.shape == (4000, 5000, 3)
    else:
        fails(path, "needs 0.1 GB of memory for 5000×4000 pixels, 0.1 GB are free")


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="permissions do not bind this user")
def test_unreadable_file(tmp_path: Path) -> None:
    path = save(tmp_path / "secret.png", UPRIGHT)
    path.chmod(0)
    fails(path, "permission denied")


def test_permission_denied_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the test above, also for a user whom permissions do not bind."""

    def denied(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    path = save(tmp_path / "secret.png", UPRIGHT)
    monkeypatch.setattr(Path, "open", denied)
    fails(path, "permission denied")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_a_pipe_is_refused_at_once(tmp_path: Path) -> None:
    path = tmp_path / "pipe.jpg"
    os.mkfifo(path)
    fails(path, "no regular file")


def test_a_name_too_long_for_the_system(tmp_path: Path) -> None:
    fails(tmp_path / ("x" * 5000 + ".jpg"), "not readable")


def test_a_name_with_a_zero_byte(tmp_path: Path) -> None:
    fails(tmp_path / "a\0b.jpg", "not readable")


def test_damaged_exif_is_a_note(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: Image.Image) -> None:
        raise SyntaxError("not a TIFF header")

    path = save(tmp_path / "a.png", UPRIGHT)
    monkeypatch.setattr(Image.Image, "getexif", broken)
    assert read_image(path).notes == ("EXIF data damaged, orientation unknown",)


def test_pillows_warnings_become_notes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = save(tmp_path / "a.png", UPRIGHT)
    load = ImageFile.ImageFile.load

    def warns(image: ImageFile.ImageFile) -> object:
        warnings.warn_explicit("odd metadata", UserWarning, "TiffImagePlugin.py", 1, module="PIL.TiffImagePlugin")
        return load(image)

    monkeypatch.setattr(ImageFile.ImageFile, "load", warns)
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        assert read_image(path).notes == ("warning while reading: odd metadata",)
    assert seen == []


def test_warnings_stay_with_their_thread_and_the_filters_come_back() -> None:
    def warn(text: str) -> None:
        warnings.warn_explicit(text, UserWarning, "x.py", 1, module="PIL.Image")

    filters = list(warnings.filters)
    start = threading.Barrier(8)

    def collect(number: int) -> list[str]:
        start.wait(10)
        seen = []
        for turn in range(50):
            with collected_warnings() as collected:
                warn(f"{number}.{turn}")
            seen += collected
        return seen

    with ThreadPoolExecutor(8) as pool:
        for number, seen in enumerate(pool.map(collect, range(8))):
            assert seen == [f"{number}.{turn}" for turn in range(50)]
    assert list(warnings.filters) == filters


def test_many_threads_decode_at_once(tmp_path: Path) -> None:
    paths = [jpeg_with_orientation(tmp_path / f"{i}.jpg", UPRIGHT, 1 + i % 8) for i in range(24)]
    expected = [read_image(path).rgb for path in paths]
    with ThreadPoolExecutor(6) as pool:
        for image, before in zip(pool.map(read_image, paths), expected, strict=True):
            assert np.array_equal(image.rgb, before)


def test_thumbnails_of_jpegs_are_decoded_small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = save(tmp_path / "large.jpg", gradient(800, 1200))
    sizes = []
    load = ImageFile.ImageFile.load

    def spy(image: ImageFile.ImageFile) -> object:
        sizes.append(image.size)
        return load(image)

    monkeypatch.setattr(ImageFile.ImageFile, "load", spy)
    assert read_thumbnail(path, side=128).shape == (85, 128, 3)
    assert sizes[0] == (150, 100)


def test_thumbnails_are_never_enlarged(tmp_path: Path) -> None:
    assert read_thumbnail(save(tmp_path / "small.png", UPRIGHT), side=500).shape == (40, 60, 3)


def test_only_chosen_formats_are_allowed(tmp_path: Path) -> None:
    assert "EPS" not in image_formats.ALLOWED_FORMATS
    path = tmp_path / "figure.jpg"
    Image.fromarray(UPRIGHT).save(path, format="TGA")
    fails(path, "not an image")


def test_reading_never_writes(tmp_path: Path) -> None:
    path = jpeg_with_orientation(tmp_path / "a.jpg", UPRIGHT, 6)
    before = (path.read_bytes(), path.stat().st_mtime_ns, sorted(tmp_path.iterdir()))
    read_image(path)
    read_thumbnail(path, side=20)
    assert (path.read_bytes(), path.stat().st_mtime_ns, sorted(tmp_path.iterdir())) == before


def fails(path: Path, reason: str) -> None:
    """Both readers raise an ImageError that names the file and the reason."""
    for read in (read_image, lambda p: read_thumbnail(p, side=64)):
        with pytest.raises(ImageError) as raised:
            read(path)
        assert raised.value.path == path
        assert reason in str(raised.value)
        assert str(path) in str(raised.value)
        assert raised.value.reason
        assert raised.value.cure
