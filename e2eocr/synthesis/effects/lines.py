"""Make clean line pictures look like lines of real scans.

Each effect is a pure function `(image, rng, strength) -> image` and a row of `EFFECTS`, whose order is the
order of the world: ink, paper, geometry, light, optics, sensor, coding. `PRESETS` says how often and how strongly
each kind of document meets each effect; `degrade` draws a kind per line.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import cv2
import numpy as np

from e2eocr.synthesis.effects import capture, signs
from e2eocr.synthesis.effects import paper as page
from e2eocr.synthesis.effects.blocks import levels

Effect = Callable[[np.ndarray, np.random.Generator, float], np.ndarray]

EFFECTS: Mapping[str, Effect] = MappingProxyType(
    {
        # ink
        "spread_ink": page.spread_ink,
        "thin_ink": page.thin_ink,
        "fill_counters": page.fill_counters,
        "strike_unevenly": page.strike_unevenly,
        "strike_twice": page.strike_twice,
        "copy_by_carbon": page.copy_by_carbon,
        "break_strokes": page.break_strokes,
        "ink_unevenly": page.ink_unevenly,
        "print_by_dots": page.print_by_dots,
        "fade_thermally": page.fade_thermally,
        "streak_columns": page.streak_columns,
        # paper
        "show_through": page.show_through,
        "rule_line": page.rule_line,
        "stain": page.stain,
        "tint_paper": page.tint_paper,
        # geometry, after the paper's tone is known and before its grain, so that padding does not show
        "stretch": capture.stretch,
        "lean": capture.lean,
        "slant": capture.slant,
        "wave": capture.wave,
        "tilt": capture.tilt,
        "jitter_crop": capture.jitter_crop,
        "rotate_and_straighten": capture.rotate_and_straighten,
        # what stands behind letters and around them; what geometry pads with is plain paper
        "stand_on_picture": signs.stand_on_picture,
        "cast_letter_shadow": signs.cast_letter_shadow,
        "grade_letters": signs.grade_letters,
        "outline_letters": signs.outline_letters,
        # light, optics, sensor, coding
        "add_fibres": page.add_fibres,
        "shade_gradient": capture.shade_gradient,
        "shade_edge": capture.shade_edge,
        "blur": capture.blur,
        "blur_motion": capture.blur_motion,
        "lower_resolution": capture.lower_resolution,
        "lower_contrast": capture.lower_contrast,
        "raise_contrast": capture.raise_contrast,
        "change_gamma": capture.change_gamma,
        "change_brightness": capture.change_brightness,
        "speckle": page.speckle,
        "add_noise": capture.add_noise,
        "sharpen": capture.sharpen,
        "binarise": capture.binarise,
        "compress": capture.compress,
    }
)

_ROWS = {name: row for row, name in enumerate(EFFECTS)}

Preset = dict[str, tuple[float, float]]

_ANY_PAGE: Preset = {
    "stretch": (0.35, 1.0),
    "lean": (0.12, 1.0),
    "slant": (0.3, 1.0),
    "jitter_crop": (0.7, 1.0),
    "rotate_and_straighten": (0.1, 1.0),
}

# Kind of document -> effect -> (probability, strength).
PRESETS: Mapping[str, Preset] = MappingProxyType(
    {
        "clean": {"jitter_crop": (0.5, 1.0), "stretch": (0.2, 1.0), "add_noise": (0.1, 0.5)},
        "office_scan": _ANY_PAGE
        | {
            "spread_ink": (0.25, 0.8),
            "thin_ink": (0.25, 0.8),
            "tint_paper": (0.3, 0.5),
            "show_through": (0.1, 0.7),
            "rule_line": (0.08, 1.0),
            "add_fibres": (0.4, 0.6),
            "blur": (0.4, 0.6),
            "lower_contrast": (0.3, 0.7),
            "change_gamma": (0.3, 1.0),
            "change_brightness": (0.5, 1.0),
            "add_noise": (0.5, 1.0),
            "sharpen": (0.3, 1.0),
            "compress": (0.5, 1.0),
        },
        "photocopy": _ANY_PAGE
        | {
            "spread_ink": (0.5, 1.2),
            "thin_ink": (0.2, 1.0),
            "ink_unevenly": (0.3, 1.0),
            "streak_columns": (0.05, 0.7),
            "add_fibres": (0.3, 1.0),
            "shade_edge": (0.15, 1.0),
            "blur": (0.5, 0.7),
            "raise_contrast": (0.8, 1.0),
            "speckle": (0.5, 1.0),
            "compress": (0.3, 0.8),
        },
        "fax": _ANY_PAGE
        | {
            "spread_ink": (0.3, 1.0),
            "thin_ink": (0.2, 0.7),
            "ink_unevenly": (0.2, 0.8),
            "rule_line": (0.08, 1.0),
            "blur": (0.5, 0.7),
            "lower_resolution": (0.12, 0.7),
            "speckle": (0.25, 0.7),
            "binarise": (1.0, 1.0),
        },
        "old_print": _ANY_PAGE
        | {
            "spread_ink": (0.6, 1.3),
            "fill_counters": (0.25, 0.8),
            "strike_unevenly": (0.3, 0.6),
            "break_strokes": (0.35, 0.8),
            "ink_unevenly": (0.5, 1.0),
            "show_through": (0.25, 1.0),
            "stain": (0.25, 1.0),
            "tint_paper": (0.5, 1.0),
            "wave": (0.15, 1.0),
            "add_fibres": (0.6, 1.2),
            "shade_edge": (0.15, 1.0),
            "blur": (0.5, 0.8),
            "lower_contrast": (0.2, 0.8),
            "speckle": (0.2, 0.7),
            "add_noise": (0.3, 1.0),
            "binarise": (0.35, 1.0),
            "compress": (0.3, 1.0),
        },
        "typescript": _ANY_PAGE
        | {
            "spread_ink": (0.4, 1.0),
            "fill_counters": (0.4, 1.0),
            "strike_unevenly": (0.85, 1.0),
            "strike_twice": (0.12, 1.0),
            "copy_by_carbon": (0.4, 1.0),
            "break_strokes": (0.25, 0.7),
            "ink_unevenly": (0.4, 0.8),
            "show_through": (0.15, 0.8),
            "tint_paper": (0.7, 1.2),
            "add_fibres": (0.8, 1.0),
            "shade_gradient": (0.2, 0.6),
            "blur": (0.4, 0.8),
            "lower_resolution": (0.15, 0.7),
            "lower_contrast": (0.6, 1.0),
            "add_noise": (0.5, 1.0),
            "binarise": (0.15, 1.0),
            "compress": (0.4, 1.0),
        },
        "receipt": _ANY_PAGE
        | {
            "print_by_dots": (0.35, 1.0),
            "fade_thermally": (0.5, 1.0),
            "streak_columns": (0.2, 1.0),
            "thin_ink": (0.2, 1.0),
            "tint_paper": (0.3, 0.7),
            "wave": (0.15, 1.0),
            "add_fibres": (0.3, 0.7),
            "shade_gradient": (0.2, 0.7),
            "blur": (0.4, 0.8),
            "lower_resolution": (0.3, 0.8),
            "lower_contrast": (0.3, 0.8),
            "add_noise": (0.4, 1.0),
            "sharpen": (0.35, 1.2),
            "binarise": (0.08, 1.0),
            "compress": (0.5, 1.0),
        },
        "photograph": _ANY_PAGE
        | {
            "tint_paper": (0.5, 1.0),
            "wave": (0.25, 1.0),
            "tilt": (0.5, 1.0),
            "add_fibres": (0.3, 1.0),
            "shade_gradient": (0.7, 1.0),
            "shade_edge": (0.2, 1.0),
            "blur": (0.5, 1.0),
            "blur_motion": (0.25, 1.0),
            "lower_resolution": (0.15, 0.7),
            "change_gamma": (0.4, 1.0),
            "change_brightness": (0.6, 1.0),
            "add_noise": (0.7, 1.2),
            "sharpen": (0.2, 0.8),
            "compress": (0.7, 1.0),
        },
        "low_resolution": _ANY_PAGE
        | {
            "spread_ink": (0.2, 0.7),
            "thin_ink": (0.1, 0.5),
            "tint_paper": (0.2, 0.7),
            "lower_resolution": (1.0, 1.0),
            "change_brightness": (0.3, 0.7),
            "add_noise": (0.3, 0.8),
            "sharpen": (0.2, 1.0),
            "compress": (0.4, 0.8),
        },
        "screen": {
            "stretch": (0.2, 1.0),
            "jitter_crop": (0.7, 1.0),
            "thin_ink": (0.2, 1.0),
            "stand_on_picture": (0.2, 0.5),
            "rule_line": (0.08, 1.0),
            "lower_resolution": (0.7, 1.0),
            "blur": (0.15, 0.4),
            "lower_contrast": (0.4, 1.0),
            "add_noise": (0.2, 0.7),
            "sharpen": (0.2, 1.0),
            "compress": (0.6, 1.0),
        },
        "sign": _ANY_PAGE
        | {
            "spread_ink": (0.35, 1.4),
            "grade_letters": (0.3, 1.0),
            "stand_on_picture": (0.6, 1.0),
            "cast_letter_shadow": (0.3, 1.0),
            "outline_letters": (0.45, 1.0),
            "lean": (0.35, 2.2),
            "wave": (0.1, 1.0),
            "tilt": (0.4, 1.0),
            "shade_gradient": (0.4, 1.0),
            "blur": (0.4, 0.8),
            "blur_motion": (0.1, 0.7),
            "lower_resolution": (0.3, 0.8),
            "lower_contrast": (0.3, 1.0),
            "change_gamma": (0.3, 1.0),
            "add_noise": (0.4, 1.0),
            "sharpen": (0.2, 1.0),
            "compress": (0.7, 1.0),
        },
    }
)

MIX: Mapping[str, float] = MappingProxyType(
    {
        "clean": 0.25,
        "office_scan": 0.16,
        "photocopy": 0.08,
        "fax": 0.14,
        "old_print": 0.12,
        "typescript": 0.10,
        "receipt": 0.06,
        "photograph": 0.05,
        "low_resolution": 0.04,
    }
)

# Contrast (paper minus ink, grey levels) under which a line is stretched again: a person must still read it.
_LEGIBLE_CONTRAST = 45.0


@dataclass(frozen=True)
class DegradeSettings:
    """What `degrade` draws from.

    Attributes:
        strength: Multiplies every effect's strength; 0 leaves pictures as they are, 1 is the look of real scans.
        mix: Kind of document (a key of `PRESETS`) to its weight; `{"fax": 1}` gives faxes only.
    """

    strength: float = 1.0
    mix: Mapping[str, float] = field(default_factory=lambda: MIX)

    def __post_init__(self) -> None:
        if not 0.0 <= self.strength <= 3.0:
            raise ValueError(f"Invalid `strength`. Expected 0 to 3. Received: strength={self.strength}")
        unknown = sorted(set(self.mix) - set(PRESETS))
        if unknown:
            raise ValueError(f"Invalid `mix`. Expected kinds out of {', '.join(PRESETS)}. Received: mix has {unknown}")
        if min(self.mix.values(), default=0.0) < 0.0 or sum(self.mix.values()) <= 0.0:
            raise ValueError(f"Invalid `mix`. Expected weights >= 0, one above 0. Received: mix={dict(self.mix)}")


_DEFAULT_SETTINGS = DegradeSettings()


def degrade(image: np.ndarray, rng: np.random.Generator, settings: DegradeSettings = _DEFAULT_SETTINGS) -> np.ndarray:
    """Draw a kind of document and make a clean line picture look like a line of it.

    Args:
        image: Dark text on light paper, `(h, w)` uint8 grey, at least 4 x 4; not changed.
        rng: The only source of chance: same state, same picture.
        settings: How strongly, and which kinds.

    Returns:
        `(h', w')` uint8 grey. Height and width may differ from the input's; no character is cut off.

    Raises:
        ValueError: If `image` is not a grey uint8 picture of at least 4 x 4 pixels.
    """
    if image.dtype != np.uint8 or image.ndim != 2 or min(image.shape) < 4:
        raise ValueError(
            "Invalid `image`. Expected (h, w) uint8 grey, at least 4 x 4. "
            f"Received: image of shape {image.shape}, {image.dtype}"
        )
    kind = _draw_kind(rng, settings.mix)
    degraded = image.copy()
    for name, strength in _draw_effects(rng, PRESETS[kind]):
        degraded = apply_effect(name, degraded, rng, strength * settings.strength)
    return _keep_legible(degraded, image) if settings.strength else degraded


def apply_effect(name: str, image: np.ndarray, rng: np.random.Generator, strength: float) -> np.ndarray:
    """Apply one row of `EFFECTS` to `(h, w)` uint8 grey; the picture itself where `strength` is 0."""
    return EFFECTS[name](image, rng, strength) if strength > 0.0 else image


def _draw_kind(rng: np.random.Generator, mix: Mapping[str, float]) -> str:
    left = rng.random() * sum(mix.values())
    for kind, weight in mix.items():
        left -= weight
        if left < 0.0:
            return kind
    return max(mix, key=lambda kind: mix[kind])


def _draw_effects(rng: np.random.Generator, preset: Preset) -> list[tuple[str, float]]:
    """The effects this line meets, in the order of `EFFECTS`, each with its strength."""
    drawn = rng.random(len(_ROWS)).tolist()
    met = [name for name, (probability, _) in preset.items() if drawn[_ROWS[name]] < probability]
    return [(name, preset[name][1]) for name in sorted(met, key=_ROWS.__getitem__)]


def _keep_legible(degraded: np.ndarray, original: np.ndarray) -> np.ndarray:
    """Stretch the contrast where several effects together took too much of it; blank lines stay blank."""
    ink, paper = levels(degraded)
    before = levels(original)
    contrast = paper - ink
    if contrast >= _LEGIBLE_CONTRAST or before[1] - before[0] < _LEGIBLE_CONTRAST:
        return degraded
    gain = min(_LEGIBLE_CONTRAST / max(contrast, 1.0), 1.8)
    return cv2.convertScaleAbs(np.maximum(degraded * gain - (gain - 1.0) * paper, 0.0))
