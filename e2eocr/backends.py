"""What runs a model: float32 arrays in, float32 arrays out. Each backend is imported when it is asked for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from e2eocr.errors import BundleError


class ONNXModel:
    """A model with one input and one output, run by ONNX Runtime on the CPU."""

    def __init__(self, path: Path, *, threads: int = 1) -> None:
        """Load a model.

        Args:
            path: The `.onnx` file.
            threads: Threads a call may use; they sleep, not spin, while there is nothing to do.

        Raises:
            BundleError: If the file is missing or not a model that can be run.
        """
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        options.enable_mem_pattern = False  # widths differ from call to call
        options.enable_cpu_mem_arena = False  # it keeps what the largest page took, and is no quicker
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        try:
            self._session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        except Exception as error:  # ONNX Runtime raises classes of its own for each kind of trouble
            reason = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise BundleError(f"{path} cannot be run: {reason}. Install the bundle again.") from error
        self._input = self._session.get_inputs()[0].name

    def __call__(self, batch: np.ndarray) -> np.ndarray:
        """Run a batch, `(B, …)` float32, through the model; float32."""
        return np.asarray(self._session.run(None, {self._input: batch})[0], np.float32)


class KerasModel:
    """A Keras graph with a bundle's weights, for checking the other backends against; needs the extra `train`."""

    def __init__(self, model: Any) -> None:
        self._model = model

    def __call__(self, batch: np.ndarray) -> np.ndarray:
        """Run a batch, `(B, …)` float32, through the model."""
        return np.asarray(self._model.predict_on_batch(batch), np.float32)
