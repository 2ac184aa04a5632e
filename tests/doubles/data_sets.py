"""Small data sets of the true formats of others, made by code."""

from __future__ import annotations

import gzip
import struct
from pathlib import Path
from typing import Any

import cv2
import numpy as np

TEXT = "Total 12.50"
SIZE = (300, 100)  # width, height
BOX = (15.0, 12.0, 200.0, 50.0)  # around the text of a picture


def put_picture(path: Path, text: str = TEXT) -> Path:
    """A picture of `SIZE` with a text in `BOX`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    image = np.full((SIZE[1], SIZE[0], 3), 255, np.uint8)
    cv2.putText(image, text, (20, 40), cv2.FONT_HERSHEY_SIMPLEX, 0.8, (0, 0, 0), 2)
    assert cv2.imwrite(str(path), image)
    return path


def put_text(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode(encoding))
    return path


def corners() -> list[list[float]]:
    x0, y0, x1, y1 = BOX
    return [[x0, y0], [x1, y0], [x1, y1], [x0, y1]]


def idx_bytes(array: np.ndarray) -> bytes:
    """An array of bytes as an IDX file."""
    return bytes([0, 0, 8, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes()


def put_idx(folder: Path, images: np.ndarray, labels: np.ndarray, *, zipped: bool, stem: str = "train") -> Path:
    """Pictures and labels of digits as MNIST has them."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, array in ((f"{stem}-images-idx3-ubyte", images), (f"{stem}-labels-idx1-ubyte", labels)):
        data = idx_bytes(array)
        if zipped:
            (folder / f"{name}.gz").write_bytes(gzip.compress(data))
        else:
            (folder / name).write_bytes(data)
    return folder


def polygon_shape(text: str, points: list[list[float]] | None = None, **more: Any) -> dict[str, Any]:
    """A shape of Labelme."""
    return {"label": text, "points": points or corners(), "group_id": None, "shape_type": "polygon", "flags": {}} | more
