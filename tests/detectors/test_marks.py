"""Marks: boxes of what hangs together in ink."""

from __future__ import annotations

import cv2
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from detectors.marks import sparse_boxes


@given(st.integers(0, 2**32 - 1), st.sampled_from([0.0, 0.02, 0.2, 0.5]))
def test_boxes_of_a_sparse_picture_are_those_of_its_components(seed: int, share: float) -> None:
    ink = (np.random.default_rng(seed).random((40, 50)) < share).astype(np.uint8)
    _, _, stats, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    boxes = [[left, top, left + width, top + height] for left, top, width, height, _ in stats[1:].tolist()]
    assert sorted(sparse_boxes(ink).tolist()) == sorted(boxes)
