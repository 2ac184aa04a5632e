"""Pages of text-like lines with their outlines, and a model that finds black bars instead of text."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from detectors.dbnet.reader import CELL, pack_places

SUBPIXELS = 2


def box(left: float, top: float, right: float, bottom: float) -> np.ndarray:
    return np.array([[left, top], [right, top], [right, bottom], [left, bottom]], np.float32)


def turned_box(centre: tuple[float, float], size: tuple[float, float], degrees: float) -> np.ndarray:
    """Corners of a box turned clockwise about its centre, from what was its top left."""
    angle = np.radians(degrees)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    half = np.array(size) / 2
    return (np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * half @ turn.T + centre).astype(np.float32)


def find_bars(pixels: np.ndarray) -> np.ndarray:
    """A model in numpy: a place is text where the picture is black."""
    stride = CELL // SUBPIXELS
    _, height, width, _ = pixels.shape
    places = pixels[0, :, :, 0].reshape(height // stride, stride, width // stride, stride).mean(axis=(1, 3))
    return pack_places(-8 * places.astype(np.float32), SUBPIXELS)[None]


def draw_page(
    height: int, width: int, rows: Sequence[tuple[int, int, int, int]]
) -> tuple[np.ndarray, list[dict[str, object]]]:
    """A white page, `(H, W, 3)` uint8, with a line of strokes in each `(left, top, right, bottom)`; its truth."""
    image = np.full((height, width, 3), 255, np.uint8)
    lines: list[dict[str, object]] = []
    for left, top, right, bottom in rows:
        pitch = max(4, (bottom - top) // 2)
        for x in range(left, right - pitch // 2, pitch):
            cv2.rectangle(image, (x, top + (x // pitch) % 2 * 2), (x + pitch // 2, bottom - 1), (20, 20, 20), -1)
        lines.append({"text": "line", "polygon": box(left, top, right, bottom).tolist()})
    return image, lines


def write_pages(folder: Path, count: int = 2, *, side: int = 160, partial: bool = False) -> Path:
    """A folder of labelled pages, each with other lines; returns it."""
    folder.mkdir(parents=True)
    for number in range(count):
        tops = range(16 + 4 * number, side - 30, 34 + 4 * number)
        rows = [(12 + 6 * number, top, side - 14 - 16 * (index % 2), top + 16) for index, top in enumerate(tops)]
        image, lines = draw_page(side, side, rows)
        cv2.imwrite(str(folder / f"{number}.png"), image)
        truth = {"file": f"{number}.png", "lines": lines, "partial": partial}
        (folder / f"{number}.gt.json").write_text(json.dumps(truth), encoding="utf-8")
    return folder
