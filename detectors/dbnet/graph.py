"""The DBNet line detector as a Keras graph: a depthwise separable backbone, a feature pyramid, three heads.

After "Real-time Scene Text Detection with Differentiable Binarization" (Liao et al. 2020), with a backbone of the
class of PP-LCNet (Cui et al. 2021). The graph holds layers only: losses, targets and post-processing live
elsewhere. All activations are ReLU, which int8 runtimes fold into the convolution before it.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any

import keras
from keras import layers

TURNS = 4


@dataclass(frozen=True, slots=True)
class BackboneStage:
    """Some separable convolutions, the first of which halves the map.

    Attributes:
        filters: Channels.
        blocks: How many separable convolutions.
        kernel: Side of their depthwise kernels.
        attention: Whether the stage ends with a squeeze-and-excitation (Hu et al. 2018).
    """

    filters: int
    blocks: int
    kernel: int = 3
    attention: bool = False


@dataclass(frozen=True, slots=True)
class DBNetConfig:
    """What rebuilds the graph.

    Attributes:
        stem_filters: Channels of the first convolution, which halves height and width.
        stages: The four stages, at 1/4, 1/8, 1/16 and 1/32 of the input.
        pyramid: Channels of the feature pyramid, a multiple of 4.
        head_filters: Channels of the heads' hidden layer.
        subpixels: Places along a side of an output cell: 1 gives maps at 1/4 of the input, 2 at 1/2.
    """

    stem_filters: int = 16
    stages: tuple[BackboneStage, ...] = (
        BackboneStage(32, 2),
        BackboneStage(64, 2),
        BackboneStage(128, 4, 5),
        BackboneStage(224, 2, 5, attention=True),
    )
    pyramid: int = 64
    head_filters: int = 16
    subpixels: int = 2

    def __post_init__(self) -> None:
        if len(self.stages) != 4 or self.pyramid % 4 or self.subpixels not in (1, 2, 4):
            raise ValueError(
                "Invalid DBNet architecture. Expected 4 stages, `pyramid` a multiple of 4 and `subpixels` 1, 2 or 4. "
                f"Received: {self}"
            )

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> DBNetConfig:
        """Rebuild a config from `to_dict`.

        Raises:
            ValueError: If a key is unknown or a value cannot be.
        """
        unknown = set(values) - {field.name for field in fields(cls)}
        if unknown:
            raise ValueError(f"Invalid DBNet architecture. Unknown keys: {', '.join(sorted(unknown))}")
        values = dict(values)
        if "stages" in values:
            values["stages"] = tuple(BackboneStage(**stage) for stage in values["stages"])
        return cls(**values)


def build_dbnet(config: DBNetConfig, *, upsampling: type[layers.UpSampling2D] = layers.UpSampling2D) -> keras.Model:
    """Build the graph for training.

    In: `(B, H, W, 1)` float32, grey from -1 (black) to 1 (white), `H` and `W` multiples of 32. Out, all float32
    logits, with `n = subpixels ** 2` places a cell, row by row:

    * shrink map `(B, H / 4, W / 4, n)`: whether a place lies in the shrunk polygon of a line,
    * threshold map `(B, H / 4, W / 4, n)`: how near it lies to a line's border,
    * turn `(B, 4)`: by how many clockwise quarter turns the picture is turned.

    Args:
        config: The architecture.
        upsampling: The class of the layers that enlarge maps; export may give one that runs faster.
    """
    image = keras.Input((None, None, 1), name="image")
    x = _normalize(_convolve(image, config.stem_filters, 3, strides=2, name="stem"), name="stem")  # (B, H/2, W/2, C)
    maps = []
    for number, stage in enumerate(config.stages, 1):
        x = _run_stage(x, stage, name=f"stage{number}")
        maps.append(x)  # (B, H/4, W/4, C), … , (B, H/32, W/32, C)
    pooled = layers.GlobalAveragePooling2D(name="turn_pool")(x)
    turn = layers.Dense(TURNS, dtype="float32", name="turn")(pooled)
    features = _build_pyramid(maps, config.pyramid, upsampling)  # (B, H/4, W/4, pyramid)
    shrink = _build_head(features, config, bias=-2.0, name="shrink")
    threshold = _build_head(features, config, bias=0.0, name="threshold")
    return keras.Model(image, [shrink, threshold, turn], name="dbnet")


def reading_graph(model: keras.Model) -> keras.Model:
    """The part of a graph that reading runs, up to the shrink map; it shares the weights."""
    return keras.Model(model.input, model.outputs[0], name="dbnet_reading")


def _convolve(x: Any, filters: int, kernel: int, *, name: str, strides: int = 1) -> Any:
    return layers.Conv2D(
        filters,
        kernel,
        strides=strides,
        padding="same",
        use_bias=False,
        kernel_initializer="he_normal",
        name=f"{name}_conv",
    )(x)


def _normalize(x: Any, *, name: str) -> Any:
    x = layers.BatchNormalization(momentum=0.97, epsilon=1e-3, name=f"{name}_norm")(x)
    return layers.Activation("relu", name=f"{name}_relu")(x)


def _separate(x: Any, filters: int, kernel: int, *, name: str, strides: int = 1) -> Any:
    """A depthwise and a pointwise convolution, each normalized."""
    x = layers.DepthwiseConv2D(
        kernel,
        strides=strides,
        padding="same",
        use_bias=False,
        depthwise_initializer="he_normal",
        name=f"{name}_depth_conv",
    )(x)
    x = _normalize(x, name=f"{name}_depth")
    return _normalize(_convolve(x, filters, 1, name=f"{name}_point"), name=f"{name}_point")


def _run_stage(x: Any, stage: BackboneStage, *, name: str) -> Any:
    for block in range(1, stage.blocks + 1):
        strides = 2 if block == 1 else 1
        x = _separate(x, stage.filters, stage.kernel, strides=strides, name=f"{name}_block{block}")
    return _attend(x, stage.filters, name=f"{name}_attention") if stage.attention else x


def _attend(x: Any, filters: int, *, name: str) -> Any:
    """Squeeze and excitation: channels weighted by what the whole picture shows."""
    weights = layers.GlobalAveragePooling2D(keepdims=True, name=f"{name}_pool")(x)  # (B, 1, 1, C)
    weights = layers.Conv2D(max(8, filters // 4), 1, activation="relu", name=f"{name}_squeeze")(weights)
    weights = layers.Conv2D(filters, 1, activation="sigmoid", name=f"{name}_excite")(weights)
    return layers.Multiply(name=f"{name}_scale")([x, weights])


def _build_pyramid(maps: list[Any], channels: int, upsampling: type[layers.UpSampling2D]) -> Any:
    """Join maps from 1/4 to 1/32, coarse into fine, to one at 1/4 (Lin et al. 2017)."""
    merged = None
    levels = []
    for level in reversed(range(len(maps))):
        name = f"pyramid{level + 1}"
        lateral = _normalize(_convolve(maps[level], channels, 1, name=name), name=name)
        if merged is not None:
            above = upsampling(2, name=f"{name}_above")(merged)
            lateral = layers.Add(name=f"{name}_sum")([lateral, above])
        merged = lateral
        smooth = _separate(merged, channels // 4, 3, name=f"{name}_smooth")
        if level:
            smooth = upsampling(2**level, name=f"{name}_up")(smooth)
        levels.append(smooth)
    return layers.Concatenate(name="pyramid")(levels)


def _build_head(features: Any, config: DBNetConfig, *, bias: float, name: str) -> Any:
    x = _normalize(_convolve(features, config.head_filters, 3, name=f"{name}_hidden"), name=f"{name}_hidden")
    return layers.Conv2D(
        config.subpixels**2,
        1,
        bias_initializer=keras.initializers.Constant(bias),
        dtype="float32",
        name=name,
    )(x)
