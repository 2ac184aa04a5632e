"""Reads line pictures with RapidOCR's recognizer, one thread: a peer for `benchmarks/crops.py`.

    PYTHON benchmarks/rapidocr_lines.py LIST

PYTHON is one that has `rapidocr` and `onnxruntime`, in an environment of its own; LIST names a picture a line. Prints
the text of each, a line each.
"""

from __future__ import annotations

import sys
from pathlib import Path

from rapidocr import RapidOCR

PARAMETERS = {
    "Global.log_level": "error",
    "EngineConfig.onnxruntime.intra_op_num_threads": 1,
    "EngineConfig.onnxruntime.inter_op_num_threads": 1,
}


def main() -> int:
    engine = RapidOCR(params=PARAMETERS)
    for path in Path(sys.argv[1]).read_text(encoding="utf-8").splitlines():
        output = engine(path, use_det=False, use_cls=False, use_rec=True)
        print(" ".join(" ".join(output.txts or ()).split()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
