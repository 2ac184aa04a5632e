"""The detector for pictures that are one line already: it finds the whole picture."""

from __future__ import annotations

import numpy as np

from detectors.base import Detections, Layout
from detectors.geometry import check_image, quads_from_boxes


class WholeImageDetector:
    """Takes each picture for one upright line of text, with score 1."""

    name = "whole-image"
    layout: Layout = "cut-line"

    def detect(self, image: np.ndarray) -> Detections:
        """Give the outline of a picture, `(H, W, 3)` uint8 RGB; nothing where it has no pixel."""
        check_image(image)
        height, width = image.shape[:2]
        boxes = np.array([[0, 0, width, height]], np.float32)[: min(height, width, 1)]
        return Detections(quads_from_boxes(boxes), np.ones(len(boxes), np.float32))
