"""From the characters that a decoder found to what is told of a line: its text, and where each character stands."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from recognizers.arabic_digits import in_one_set
from recognizers.arabic_letters import in_one_language
from recognizers.armenian_marks import with_full_stops
from recognizers.base import CharSpan, DecodedLine, LineText
from recognizers.calibration import calibrate, raw_score
from recognizers.charset import Charset, script_of
from recognizers.directions import logical_places, to_logical
from recognizers.gaps import fit_edges
from recognizers.thin_spaces import close_thin_spaces

DIRECTIONS = ("ltr", "rtl")


@dataclass(frozen=True, slots=True)
class ReaderSettings:
    """All that reading with a model needs beside its weights; `runtime` of a bundle.

    Attributes:
        height: Height of the model's input in pixels.
        time_stride: Input pixels per step of the model along the line.
        bucket: Widths are padded to multiples of this.
        batch_size: Most lines given to the model at once.
        beam: Width of the beam search; 1 decodes greedily.
        calibration: Slope and offset of the logistic curve that makes a raw score a confidence.
        scripts: ISO 15924 codes of the scripts that the model is made for; its charset may have letters of others.
        direction: `rtl` where the model has learned lines as they stand on paper though they are read from the right:
            their text is put into logical order.
    """

    height: int
    time_stride: int
    bucket: int = 64
    batch_size: int = 16
    beam: int = 1
    calibration: tuple[float, float] = (1.0, 0.0)
    scripts: tuple[str, ...] = ()
    direction: str = "ltr"

    def __post_init__(self) -> None:
        """Refuse a beam without width and a direction that lines do not have.

        Raises:
            ValueError: If one of them is invalid.
        """
        if self.beam < 1:
            raise ValueError(f"Invalid `beam`. Expected at least 1. Received: beam={self.beam}")
        if self.direction not in DIRECTIONS:
            expected = ", ".join(DIRECTIONS)
            raise ValueError(f"Invalid `direction`. Expected one of: {expected}. Received: {self.direction!r}")


def tell_reading(path: DecodedLine, pixels: np.ndarray, charset: Charset, settings: ReaderSettings) -> LineText:
    """The reading that a path is of a line, `(height, width)` float32 as the model sees it without its padding."""
    text = charset.decode(path.classes)
    spans = char_spans(path, text, pixels, settings.time_stride)
    if settings.direction == "rtl":
        spans = [spans[place] for place in logical_places(text)]
        text = in_one_set(in_one_language(to_logical(text)))
    text, kept = tidy(text, spans)
    if not text:
        return LineText("", 0.0)
    if settings.direction == "ltr":
        text, kept = close_thin_spaces(with_full_stops(text), kept, pixels.shape[1] / pixels.shape[0])
    return LineText(
        text,
        calibrate(raw_score(path.confidences, path.log_probability), settings.calibration),
        tuple(kept),
        script_of(text),
    )


def char_spans(path: DecodedLine, text: str, pixels: np.ndarray, time_stride: int) -> list[CharSpan]:
    """Where the characters of a path stand, as fractions of a line `(height, width)` read in steps of `time_stride`.

    CTC marks characters by peaks near their middles, so one ends midway to the peak of the next; words end where their
    ink does.
    """
    if not text:
        return []
    middles = (np.array(path.starts) + np.array(path.ends)) / 2 * time_stride
    width = pixels.shape[1]
    between = (middles[1:] + middles[:-1]) / 2
    if len(between):
        edges = np.concatenate(([2 * middles[0] - between[0]], between, [2 * middles[-1] - between[-1]]))
    else:
        edges = np.array([0.0, width])
    shares = (fit_edges(np.clip(edges, 0.0, width), middles, text, pixels) / width).tolist()
    return [CharSpan(*span) for span in zip(shares, shares[1:], path.confidences, strict=False)]


def tidy(text: str, spans: Sequence[CharSpan]) -> tuple[str, list[CharSpan]]:
    """Strip and single the spaces of a decoded line and compose it to NFC, its spans with it.

    Characters that NFC makes one, or puts in another order, share one span. Wide punctuation has its own room, so a
    space beside it goes, but for Korean, which sets spaces.
    """
    groups: list[tuple[str, list[CharSpan]]] = []  # what NFC may touch together
    for character, span in zip(text, spans, strict=True):
        if character == " " and (not groups or groups[-1][0] == " "):
            continue
        if len(groups) > 1 and groups[-1][0] == " " and _has_own_room(groups[-2][0][-1], character):
            groups.pop()
        if groups and _belongs_to(groups[-1][0], character):
            groups[-1] = (groups[-1][0] + character, [*groups[-1][1], span])
        else:
            groups.append((character, [span]))
    if groups and groups[-1][0] == " ":
        groups.pop()
    composed = [(unicodedata.normalize("NFC", group), group, kept) for group, kept in groups]
    kept = [span for final, group, own in composed for span in (own if final == group else [_joined(own)] * len(final))]
    return "".join(final for final, _, _ in composed), kept


def _has_own_room(before: str, after: str) -> bool:
    """Whether one of two characters is wide punctuation, and none a Korean syllable."""
    pair = (before, after)
    return any(map(_is_wide_punctuation, pair)) and not any(
        unicodedata.name(each, "").startswith("HANGUL") for each in pair
    )


def _is_wide_punctuation(character: str) -> bool:
    return unicodedata.category(character)[0] == "P" and unicodedata.east_asian_width(character) in "FW"


def _belongs_to(group: str, character: str) -> bool:
    """Whether NFC may join a character to those before it."""
    if unicodedata.combining(character):
        return True
    together = unicodedata.normalize("NFC", group + character)
    return together != unicodedata.normalize("NFC", group) + unicodedata.normalize("NFC", character)


def _joined(spans: Sequence[CharSpan]) -> CharSpan:
    return CharSpan(
        min(span.left for span in spans), max(span.right for span in spans), min(span.confidence for span in spans)
    )
