"""The degradation of clean line pictures."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from e2eocr.synthesis.effects.lines import EFFECTS, MIX, PRESETS, DegradeSettings, apply_effect, degrade

# Effects whose picture may have another size.
RESIZING = {"stretch", "lean", "slant", "wave", "jitter_crop", "lower_resolution", "binarise", "outline_letters"}

SHAPES = [
    (4, 4),  # the smallest allowed
    (4, 300),  # flat
    (48, 5),  # narrow: one letter
    (32, 400),  # a usual line
    (48, 2400),  # the widest
]


def render(text: str, height: int = 32) -> np.ndarray:
    """Black text on white, `(height, w)` uint8, with a small margin at both ends."""
    width = 12 * len(text) + 20
    image = np.full((height, width), 255, np.uint8)
    cv2.putText(image, text, (6, height - 9), cv2.FONT_HERSHEY_SIMPLEX, 0.65, 0, 1, cv2.LINE_AA)
    return image


def filled(shape: tuple[int, int]) -> np.ndarray:
    """A picture of any shape with both ink and paper."""
    image = np.full(shape, 250, np.uint8)
    image[shape[0] // 4 : shape[0] // 2, 1::4] = 10
    return image


def ink_share(image: np.ndarray) -> float:
    """Share of the pixels that are nearer to the ink than to the paper, 0–1."""
    ink, paper = np.percentile(image, (2, 85))
    return float(np.mean(image < (ink + paper) / 2))


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("name", EFFECTS)
def test_effect_alone(name: str, shape: tuple[int, int]) -> None:
    image = filled(shape)
    before = image.copy()
    for seed in range(3):
        for strength in (0.5, 1.0, 3.0):
            changed = apply_effect(name, image, np.random.default_rng(seed), strength)
            assert changed.dtype == np.uint8 and changed.ndim == 2 and min(changed.shape) >= 1
            assert changed.shape == shape or name in RESIZING
    assert np.array_equal(image, before), "the input was changed"


@pytest.mark.parametrize("name", EFFECTS)
def test_effect_does_something(name: str) -> None:
    image = render("Total 42,17")
    changed = [apply_effect(name, image, np.random.default_rng(seed), 1.0) for seed in range(8)]
    assert any(not np.array_equal(image, one) for one in changed)


@pytest.mark.parametrize("name", EFFECTS)
def test_effect_without_strength_is_identity(name: str) -> None:
    image = render("Total 42,17")
    assert np.array_equal(apply_effect(name, image, np.random.default_rng(1), 0.0), image)


@pytest.mark.parametrize("kind", PRESETS)
@pytest.mark.parametrize("shape", [*SHAPES, (70, 4200)])
def test_every_kind_takes_every_shape(kind: str, shape: tuple[int, int]) -> None:
    settings = DegradeSettings(mix={kind: 1.0})
    for seed in range(4):
        changed = degrade(filled(shape), np.random.default_rng(seed), settings)
        assert changed.dtype == np.uint8 and changed.ndim == 2 and min(changed.shape) >= 4


def test_blank_and_black_pictures_pass() -> None:
    for grey in (0, 128, 255):
        for seed in range(30):
            assert degrade(np.full((20, 90), grey, np.uint8), np.random.default_rng(seed)).dtype == np.uint8


def test_same_seed_same_picture() -> None:
    image = render("Given a problem")
    for seed in range(40):
        first, second = (degrade(image, np.random.default_rng(seed)) for _ in range(2))
        assert np.array_equal(first, second)


def test_seeds_differ() -> None:
    image = render("Given a problem")
    pictures = {degrade(image, np.random.default_rng(seed)).tobytes() for seed in range(40)}
    assert len(pictures) > 30


def test_strength_zero_is_identity() -> None:
    image = render("Given a problem")
    for seed in range(20):
        same = degrade(image, np.random.default_rng(seed), DegradeSettings(strength=0.0))
        assert np.array_equal(same, image) and same is not image


@pytest.mark.parametrize("kind", PRESETS)
def test_mean_ink_stays(kind: str) -> None:
    image = render("Given a problem, we want to find")
    shares = [ink_share(degrade(image, np.random.default_rng(s), DegradeSettings(mix={kind: 1.0}))) for s in range(40)]
    assert 0.6 < np.mean(shares) / ink_share(image) < 1.9


@pytest.mark.parametrize("name", ["stretch", "lean", "slant", "wave", "tilt", "jitter_crop", "rotate_and_straighten"])
def test_first_and_last_characters_stay_inside(name: str) -> None:
    image = np.full((32, 600), 255, np.uint8)
    image[8:24, 2:5] = image[8:24, -5:-2] = 0
    for seed in range(30):
        changed = apply_effect(name, image, np.random.default_rng(seed), 1.0)
        middle = changed.shape[1] // 2
        for half in (changed[:, :middle], changed[:, middle:]):
            assert np.sum(255 - half.astype(float)) > 0.7 * 255 * 16 * 3


def test_a_picture_behind_letters_is_lighter_than_they() -> None:
    image = render("Given a problem")
    for seed in range(20):
        changed = apply_effect("stand_on_picture", image, np.random.default_rng(seed), 1.0)
        behind = changed[image > 250]
        assert behind.min() > 60 and np.array_equal(changed[image < 30], image[image < 30])
        assert behind.std() > 3


def test_outlined_letters_stand_against_their_contour() -> None:
    image = np.full((40, 60), 230, np.uint8)
    image[10:30, 20:40] = 20  # a letter that is a square
    inside = set()
    for seed in range(20):
        changed = apply_effect("outline_letters", image, np.random.default_rng(seed), 1.0)
        row = changed[changed.shape[0] // 2].astype(int)
        middle, edge = row[len(row) // 2], row[(changed.shape[1] - 60) // 2 + 19]
        assert abs(middle - edge) > 150
        inside.add(middle > edge)
    assert inside == {True, False}


def test_graded_letters_grow_paler_and_stay_on_their_ground() -> None:
    image = render("Given a problem")
    paler = 0
    for seed in range(10):
        changed = apply_effect("grade_letters", image, np.random.default_rng(seed), 1.0).astype(int)
        assert (changed >= image).all() and (changed <= 255).all()
        letters = changed[image < 30]
        assert letters.max() < 200
        paler += int(letters.max() - letters.min() > 30)
    assert paler >= 5


def test_letter_shadows_fall_beside_the_letters() -> None:
    image = render("Given a problem")
    changed = apply_effect("cast_letter_shadow", image, np.random.default_rng(1), 1.0)
    assert np.array_equal(changed[image < 30], image[image < 30])
    assert (changed < image).any() and (changed <= image).all()


def test_mix_has_enough_clean_and_bitonal_lines() -> None:
    total = sum(MIX.values())
    bitonal = sum(MIX[kind] * PRESETS[kind].get("binarise", (0.0, 0.0))[0] for kind in MIX)
    assert total == pytest.approx(1.0) and MIX["clean"] >= 0.25 and bitonal >= 0.12


def test_presets_name_known_effects() -> None:
    used = {name for preset in PRESETS.values() for name in preset}
    assert used == set(EFFECTS)


@pytest.mark.parametrize(
    "arguments",
    [
        {"strength": -0.1},  # below nothing
        {"strength": 9.0},  # beyond legible
        {"mix": {"papyrus": 1.0}},  # no such kind
        {"mix": {}},  # nothing to draw from
        {"mix": {"fax": 0.0}},  # no weight at all
        {"mix": {"fax": 2.0, "clean": -1.0}},  # a negative weight
    ],
)
def test_bad_settings(arguments: dict) -> None:
    with pytest.raises(ValueError, match=r"Invalid `(strength|mix)`"):
        DegradeSettings(**arguments)


@pytest.mark.parametrize(
    "image",
    [
        np.zeros((3, 40), np.uint8),  # too flat
        np.zeros((32, 40, 3), np.uint8),  # colour
        np.zeros((32, 40), np.float32),  # not bytes
    ],
)
def test_bad_image(image: np.ndarray) -> None:
    with pytest.raises(ValueError, match="Invalid `image`"):
        degrade(image, np.random.default_rng(0))
