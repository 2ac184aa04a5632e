"""What holds for every line sorter, and how one looks at lines."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from doubles.sorting import GROUPS, GreySorter, write_sorter_bundle
from doubles.training import draw_line
from PIL import Image, ImageDraw, ImageFont

from e2eocr.errors import BundleError
from e2eocr.models.bundles import list_bundles, read_bundle
from e2eocr.models.loading import load_sorter
from e2eocr.models.parts import load_settings
from e2eocr.models.saving import change_runtime
from e2eocr.synthesis.fonts.faces import SYSTEM_FOLDERS
from recognizers.base import LineKind, LineSorter
from recognizers.sorter.reader import SorterReader, SorterSettings

SETTINGS = SorterSettings(GROUPS)
SHIPPED = [info.name for info in list_bundles() if info.kind == "sorter"]


def ink_below(batch: np.ndarray) -> np.ndarray:
    """A model in numpy: a group by how dark the line is, upside down where most ink is in the lower half."""
    ink = batch.mean(axis=(1, 2, 3))
    upper, lower = batch[:, :16].mean(axis=(1, 2, 3)), batch[:, 16:].mean(axis=(1, 2, 3))
    return np.stack([8 * ink, np.ones_like(ink), 2 - 8 * ink, -ink, 10 * (lower - upper)], axis=1)


def tiny_sorter(**changes: object) -> SorterReader:
    return SorterReader("ink", ink_below, replace(SETTINGS, **changes))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_sorter_bundle(tmp_path_factory.mktemp("bundles") / "sorter")


@pytest.fixture(params=["grey", "numpy", "onnx", *SHIPPED])
def sorter(request: pytest.FixtureRequest, bundle: Path) -> LineSorter:
    makers: dict[str, Callable[[], LineSorter]] = {
        "grey": GreySorter,
        "numpy": tiny_sorter,
        "onnx": lambda: load_sorter(str(bundle)),
    }
    return makers.get(request.param, lambda: load_sorter(request.param))()


def half_dark(width: int, *, upper: bool) -> np.ndarray:
    """A line of ink in one half of its height, paper in the other."""
    crop = np.full((32, width), 255, np.uint8)
    crop[slice(0, 14) if upper else slice(18, 32), 4:-4] = 0
    return crop


NOISE = np.random.default_rng(3).integers(0, 256, (40, 900)).astype(np.uint8)
CROPS = {
    "empty": np.zeros((0, 0), np.uint8),
    "no width": np.zeros((40, 0), np.uint8),
    "a pixel": np.zeros((1, 1), np.uint8),
    "white": np.full((40, 300), 255, np.uint8),
    "black": np.zeros((40, 300), np.uint8),
    "tall": np.zeros((500, 3), np.uint8),
    "very wide": np.tile(NOISE, 30),
    "turned": NOISE[::-1, ::-1],
    "tiny": NOISE[:7, :9],
    "print": draw_line("Unter den Linden"),
}


def check_kind(kind: LineKind, sorter: LineSorter) -> None:
    probabilities = [probability for _, probability in kind.groups]
    assert {name for name, _ in kind.groups} <= {group.name for group in sorter.groups}
    assert probabilities == sorted(probabilities, reverse=True)
    assert not kind.groups or sum(probabilities) == pytest.approx(1.0, abs=1e-5)
    assert isinstance(kind.upside_down, bool)


def assert_same(first: LineKind, second: LineKind) -> None:
    """Equal but for the rounding of sums that another batch takes in another order, which int8 may make a step of."""
    assert [name for name, _ in first.groups[:1]] == [name for name, _ in second.groups[:1]]
    assert dict(first.groups) == pytest.approx(dict(second.groups), abs=1e-2)
    assert first.upside_down == second.upside_down


def test_every_crop_has_a_kind_in_its_order_whatever_stands_beside_it(sorter: LineSorter) -> None:
    crops = [*CROPS.values(), *(draw_line(text) for text in ("a", "some words", "x" * 90))]
    kinds = sorter.sort(crops)
    assert len(kinds) == len(crops)
    for crop, kind, other in zip(crops, kinds, sorter.sort(crops[::-1])[::-1], strict=True):
        check_kind(kind, sorter)
        assert_same(kind, other)
        assert_same(kind, sorter.sort([crop])[0])


def test_no_crops_no_kinds(sorter: LineSorter) -> None:
    assert sorter.sort([]) == []


def test_of_a_crop_that_holds_no_character_nothing_is_told() -> None:
    assert tiny_sorter().sort([CROPS["empty"], CROPS["a pixel"]]) == [LineKind(())] * 2


def test_a_line_on_its_head_is_told() -> None:
    kinds = tiny_sorter().sort([half_dark(300, upper=True), half_dark(300, upper=False)])
    assert [kind.upside_down for kind in kinds] == [False, True]


def test_of_a_long_line_its_beginning_and_its_end_are_looked_at() -> None:
    seen: list[np.ndarray] = []

    def model(batch: np.ndarray) -> np.ndarray:
        seen.append(batch)
        return ink_below(batch)

    crop = np.full((64, 4000), 255, np.uint8)
    crop[:, :100] = 128
    crop[20:40, -100:] = 0
    SorterReader("ink", model, SETTINGS).sort([crop])
    [batch] = seen
    assert batch.shape == (1, 32, 256, 1)
    ink = batch[0, :, :, 0].sum(axis=0)
    assert ink[:50].min() > 0 and ink[-50:].min() > 0 and ink[60:190].max() == 0


def test_a_higher_temperature_is_less_sure() -> None:
    cool, warm = (tiny_sorter(temperature=value).sort([CROPS["print"]])[0] for value in (1.0, 4.0))
    assert [name for name, _ in cool.groups] == [name for name, _ in warm.groups]
    assert cool.groups[0][1] > warm.groups[0][1]


def test_settings_come_back_from_a_bundle(bundle: Path) -> None:
    assert load_settings(read_bundle(bundle)) == SETTINGS


def test_settings_that_cannot_be_are_told(tmp_path: Path) -> None:
    path = write_sorter_bundle(tmp_path / "sorter")
    change_runtime(read_bundle(path), groups=[{"name": "latin"}])
    with pytest.raises(BundleError, match=r"sorter: `runtime` cannot be used: .*`scripts` is missing"):
        load_sorter(str(path))


# What the sorter that ships must know. Not every machine has a font for each script.
FONTS = {
    "alphabetic": ("DejaVuSans.ttf",),
    "han": ("NotoSansCJK-Regular.ttc", "DroidSansFallbackFull.ttf", "wqy-microhei.ttc"),
    "arabic": ("DejaVuSans.ttf",),
    "indic": ("NotoSansDevanagari-Regular.ttf", "Lohit-Devanagari.ttf", "FreeSans.ttf"),
    "mainland": ("NotoSansThai-Regular.ttf", "Garuda.ttf", "Waree.ttf", "Loma.ttf"),
    "ethiopic": ("NotoSansEthiopic-Regular.ttf", "AbyssinicaSIL-Regular.ttf"),
}
LINES = {
    "alphabetic": [
        "Unter den Linden, Berlin",
        "Москва слезам не верит",
        "Η γλώσσα που μιλάμε",
        "Où est la mer ?",
    ],
    "han": ["请在此处填写您的姓名", "東京都千代田区霞が関", "대한민국 서울특별시", "第3章 Introduction to OCR"],
    "arabic": ["שלום לכולם מירושלים", "בית הספר נפתח ביום", "السلام عليكم ورحمة الله", "قال الرجل الكبير"],
    "indic": ["भारत एक विशाल देश है", "यह पुस्तक मेरी है", "हिन्दी में लिखा हुआ", "सब लोग यहाँ आते हैं"],
    "mainland": ["ภาษาไทยเป็นภาษาราชการ", "กรุงเทพมหานคร", "ยินดีต้อนรับทุกท่าน", "ประเทศไทยรวมเลือดเนื้อ"],
    "ethiopic": ["ሰላም ለኢትዮጵያ ሕዝብ", "አማርኛ የኢትዮጵያ ቋንቋ", "አዲስ አበባ ዋና ከተማ", "መልካም ቀን ይሁንልህ"],
}


def find_font(names: Sequence[str]) -> Path:
    """A font file of one of these names, of the system's or of a package here."""
    import matplotlib

    folders = [*SYSTEM_FOLDERS, Path(matplotlib.get_data_path())]
    found = (path for name in names for folder in folders for path in sorted(folder.rglob(name)))
    path = next(found, None)
    return path if path is not None else pytest.skip(f"no font of {', '.join(names)}")


@pytest.mark.parametrize("group", FONTS)
def test_the_sorter_that_ships_knows_lines_of_each_group(group: str) -> None:
    font = ImageFont.truetype(str(find_font(FONTS[group])), 26)
    crops = [print_line(text, font) for text in LINES[group]]
    sorter = load_sorter("sorter")
    told = [kind.groups[0][0] for kind in sorter.sort(crops)]
    assert told == [group] * len(crops)
    over = sorter.sort([crop[::-1, ::-1] for crop in crops])
    assert 2 * sum(kind.upside_down for kind in over) >= len(crops)


def print_line(text: str, font: ImageFont.FreeTypeFont) -> np.ndarray:
    left, top, right, bottom = map(round, font.getbbox(text))
    image = Image.new("L", (right - left + 8, bottom - top + 8), 255)
    ImageDraw.Draw(image).text((4 - left, 4 - top), text, fill=20, font=font)
    return np.asarray(image)


@pytest.mark.slow
def test_the_graph_is_small_and_its_export_computes_the_same(tmp_path: Path) -> None:
    from e2eocr.export.onnx_models import export_onnx, quantize_onnx
    from e2eocr.models.backends import ONNXModel
    from recognizers.crops import batch_crops
    from recognizers.sorter.graph import SorterConfig, build_sorter

    config = SorterConfig(groups=9)
    assert SorterConfig.from_dict(config.to_dict()) == config
    model = build_sorter(config)
    crops = [draw_line("word " * count) for count in range(1, 9)]
    batches = batch_crops(crops, height=32, bucket=64, batch_size=4)
    export_onnx(model, tmp_path / "float.onnx")
    quantize_onnx(tmp_path / "float.onnx", tmp_path / "int8.onnx", batches)
    assert (tmp_path / "int8.onnx").stat().st_size < 500_000
    for batch in batches:
        expected = np.asarray(model.predict_on_batch(batch.pixels))
        assert expected.shape == (len(batch.indices), 10)
        np.testing.assert_allclose(ONNXModel(tmp_path / "float.onnx")(batch.pixels), expected, atol=1e-4)


@pytest.mark.parametrize("values", [{"height": 40}, {"filters": [8, 8]}])
def test_a_graph_that_cannot_be_is_refused(values: dict[str, object]) -> None:
    from recognizers.sorter.graph import SorterConfig

    with pytest.raises(ValueError, match="Invalid config"):
        SorterConfig.from_dict({"groups": 3, **values})
