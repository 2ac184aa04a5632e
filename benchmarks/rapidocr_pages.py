"""Reads pages with RapidOCR, one thread: a peer for `benchmarks/compare.py`.

    PYTHON benchmarks/rapidocr_pages.py

PYTHON is one that has `rapidocr` and `onnxruntime`, in an environment of its own. Takes the path of a picture a line
from stdin; answers each with a line of JSON, a list of `[text, confidence, corners]`.
"""

from __future__ import annotations

import json
import sys

from rapidocr import RapidOCR
from rapidocr_lines import PARAMETERS


def main() -> int:
    engine = RapidOCR(params=PARAMETERS)
    print("ready", flush=True)
    for path in sys.stdin:
        output = engine(path.strip())
        found = zip(output.txts or (), output.scores or (), () if output.boxes is None else output.boxes, strict=True)
        print(json.dumps([[text, float(score), box.tolist()] for text, score, box in found]), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
