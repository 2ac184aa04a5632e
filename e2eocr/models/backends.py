"""What runs a model: float32 arrays in, float32 arrays out. Each backend is imported when it is asked for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from e2eocr.errors import BundleError, MissingDependencyError


class ONNXModel:
    """A model with one input and one output, run by ONNX Runtime on the CPU."""

    def __init__(self, path: Path, *, threads: int = 1, thrifty: bool = True) -> None:
        """Load a model.

        Args:
            path: The `.onnx` file.
            threads: Threads a call may use.
            thrifty: Give memory back after each call, and let threads sleep while there is nothing to do, as a worker
                beside others should; else memory is kept and threads spin, as ONNX Runtime does by itself.

        Raises:
            BundleError: If the file is missing or not a model that can be run.
        """
        self._session = open_session(path, threads=threads, thrifty=thrifty)
        self._input = self._session.get_inputs()[0].name

    def __call__(self, batch: np.ndarray) -> np.ndarray:
        """Run a batch, `(B, …)` float32, through the model; float32."""
        return np.asarray(self._session.run(None, {self._input: batch})[0], np.float32)


def open_session(path: Path, *, threads: int = 1, thrifty: bool = True) -> Any:
    """ONNX Runtime's session of a model; see `ONNXModel`."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    options.enable_mem_pattern = False  # widths differ from call to call
    options.enable_cpu_mem_arena = not thrifty  # it keeps what the largest page took; pages are read no quicker
    options.add_session_config_entry("session.intra_op.allow_spinning", "0" if thrifty else "1")
    try:
        return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # ONNX Runtime raises classes of its own for each kind of trouble
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise BundleError(f"{path} cannot be run: {reason}. Install the bundle again.") from error


class KerasModel:
    """A Keras graph with a bundle's weights, run layer by layer; needs the extra `train`."""

    def __init__(self, model: Any) -> None:
        self._model = model

    def __call__(self, batch: np.ndarray) -> np.ndarray:
        """Run a batch, `(B, …)` float32, through the model."""
        import keras

        return np.asarray(keras.ops.convert_to_numpy(self._model(batch, training=False)), np.float32)


class TensorFlowModel:
    """A Keras graph with a bundle's weights, compiled by TensorFlow for any batch and size; needs the extra `train`."""

    def __init__(self, model: Any) -> None:
        import tensorflow

        taken = tensorflow.TensorSpec((None, *model.input_shape[1:]), tensorflow.float32)
        self._read = tensorflow.function(lambda batch: model(batch, training=False), input_signature=[taken])

    def __call__(self, batch: np.ndarray) -> np.ndarray:
        """Run a batch, `(B, …)` float32, through the model."""
        return np.asarray(self._read(batch).numpy(), np.float32)


class SavedModel:
    """A SavedModel with the signature that `e2eocr export` writes, run by TensorFlow; needs the extra `train`."""

    def __init__(self, folder: Path) -> None:
        import tensorflow

        self._loaded = tensorflow.saved_model.load(str(folder))
        self._read = self._loaded.signatures["serving_default"]

    def __call__(self, batch: np.ndarray) -> np.ndarray:
        """Run a batch, `(B, …)` float32, through the model."""
        return np.asarray(self._read(image=batch)["logits"].numpy(), np.float32)


class LiteRTModel:
    """A LiteRT model of one line or page, as `e2eocr export` writes it, run on the CPU.

    Attributes:
        width: The one that it takes, pixels; None where it takes any.
    """

    def __init__(self, path: Path, *, threads: int = 1) -> None:
        """Load a model.

        Raises:
            MissingDependencyError: If LiteRT's interpreter is not installed.
            BundleError: If the file is missing or not a model that can be run.
        """
        try:
            from ai_edge_litert.interpreter import Interpreter
        except ImportError as error:
            raise MissingDependencyError(
                f"{error.name} is not installed. LiteRT models need: pip install 'e2eocr[litert]'"
            ) from error
        try:
            self._interpreter = Interpreter(model_path=str(path), num_threads=threads)
            self._read = self._interpreter.get_signature_runner("serving_default")
        except (ValueError, RuntimeError) as error:  # what it says of a file that is none of its models
            raise BundleError(f"{path} cannot be run: {error}. Make the export again.") from error
        width = int(self._read.get_input_details()["image"]["shape_signature"][2])
        self.width = None if width < 0 else width

    def __call__(self, batch: np.ndarray) -> np.ndarray:
        """Run a batch, `(B, …)` float32, through the model, one of them at a time.

        Raises:
            ValueError: If the batch is wider than a model of a fixed width, to which all are padded.
        """
        if self.width is None:
            return np.concatenate([self._read(image=each[None])["logits"] for each in batch])
        width = batch.shape[2]
        if width > self.width:
            raise ValueError(f"Invalid `batch`. Expected a width of at most {self.width}. Received: {width}")
        padded = np.pad(batch, ((0, 0), (0, 0), (0, self.width - width), (0, 0)))
        logits = np.concatenate([self._read(image=line[None])["logits"] for line in padded])  # (B, steps, classes)
        return logits[:, : width * logits.shape[1] // self.width]
