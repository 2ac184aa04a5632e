"""The convolutions of a line recognizer: a line's picture in, a map of features with one column a time step out.

Three of them, by what `CRNNConfig.backbone` calls them: `lean` is our own; `resnet18` (He et al. 2015) and
`mobilenetv2` (Sandler et al. 2018) are the papers' networks for text lines, where strides that the papers take in both
directions are taken down the page alone once a column stands for four pixels. Graphs name their layers, in an order
that files of weights rely on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from keras import initializers, layers

NORMALIZATIONS = ("stage", "convolution", "none")
PAPER_STRIDE = 4  # input pixels a column of the papers' networks
PAPER_REDUCTION = 32  # input rows a row of theirs

# Filters of the four stages of two blocks each, and the strides (height, width) of the first block.
_RESNET18 = ((64, (1, 1)), (128, (2, 1)), (256, (2, 1)), (512, (2, 1)))
# Table 2 of the paper: expansion, filters, blocks, strides (height, width) of the first block.
_MOBILENETV2 = (
    (1, 16, 1, (1, 1)),
    (6, 24, 2, (2, 2)),
    (6, 32, 3, (2, 1)),
    (6, 64, 4, (2, 1)),
    (6, 96, 3, (1, 1)),
    (6, 160, 3, (2, 1)),
    (6, 320, 1, (1, 1)),
)
_MOBILENETV2_LAST = 1280
_DEPTHWISE_SPREAD = (2 / 9) ** 0.5  # He's for nine inputs; Keras would count those of all channels


@dataclass(frozen=True, slots=True)
class ConvStage:
    """Some 3x3 convolutions of `filters` channels, then a max pooling by `pool` (height, width)."""

    filters: int
    convolutions: int
    pool: tuple[int, int]


def build_lean(image: Any, stem_filters: int, stages: tuple[ConvStage, ...], normalization: str) -> Any:
    """A stem that halves height and width, then stages: `(B, H, W, 1)` -> `(B, H', W', filters of the last stage)`.

    Args:
        image: Symbolic input.
        stem_filters: Channels of the stem.
        stages: What follows it.
        normalization: `stage`: by batch, once a stage, behind its pooling, where the map is smallest; `convolution`:
            behind each convolution but the stem; `none`.
    """
    x = convolve(image, stem_filters, strides=2, name="stem")  # (B, H/2, W/2, C)
    for number, stage in enumerate(stages, 1):
        x = _convolve_stage(x, stage, normalization, name=f"stage{number}")
    return x


def convolve(x: Any, filters: int, *, name: str, strides: int = 1, normalized: bool = False) -> Any:
    """A 3x3 convolution and a ReLU, with a normalization by batch between them where it is `normalized`."""
    convolution = layers.Conv2D(
        filters, 3, strides, padding="same", use_bias=not normalized, kernel_initializer="he_normal", name=name
    )
    x = convolution(x)
    if normalized:
        x = _normalize(x, name=f"{name}_norm")
    return layers.Activation("relu", name=f"{name}_relu")(x)


def _convolve_stage(x: Any, stage: ConvStage, normalization: str, *, name: str) -> Any:
    for step in range(1, stage.convolutions):
        x = convolve(x, stage.filters, name=f"{name}_conv{step}", normalized=normalization == "convolution")
    normalized = normalization != "none"
    last = f"{name}_conv{stage.convolutions}"
    x = layers.Conv2D(
        stage.filters, 3, padding="same", use_bias=not normalized, kernel_initializer="he_normal", name=last
    )(x)
    if stage.pool != (1, 1):
        x = layers.MaxPooling2D(stage.pool, name=f"{name}_pool")(x)
    if normalized:
        x = _normalize(x, name=f"{name}_norm")
    return layers.Activation("relu", name=f"{name}_relu")(x)


def _normalize(x: Any, *, name: str) -> Any:
    return layers.BatchNormalization(momentum=0.98, epsilon=1e-3, name=name)(x)


def build_resnet18(image: Any) -> Any:
    """The 18-layer net of "Deep Residual Learning for Image Recognition": `(B, H, W, 1)` -> `(B, H/32, W/4, 512)`."""
    x = _convolve_normalized(image, 64, 7, (2, 2), name="stem")  # (B, H/2, W/2, 64)
    x = layers.Activation("relu", name="stem_relu")(x)
    x = layers.MaxPooling2D(3, 2, padding="same", name="stem_pool")(x)  # (B, H/4, W/4, 64)
    for stage, (filters, strides) in enumerate(_RESNET18, 1):
        x = _residual_block(x, filters, strides, name=f"stage{stage}_block1")
        x = _residual_block(x, filters, (1, 1), name=f"stage{stage}_block2")
    return x


def _residual_block(x: Any, filters: int, strides: tuple[int, int], *, name: str) -> Any:
    """Two 3x3 convolutions beside a shortcut, which is projected where the map changes its shape."""
    shortcut = x
    if strides != (1, 1) or x.shape[-1] != filters:
        shortcut = _convolve_normalized(x, filters, 1, strides, name=f"{name}_shortcut")
    x = _convolve_normalized(x, filters, 3, strides, name=f"{name}_conv1")
    x = layers.Activation("relu", name=f"{name}_relu1")(x)
    x = _convolve_normalized(x, filters, 3, (1, 1), name=f"{name}_conv2")
    return layers.Activation("relu", name=f"{name}_relu2")(layers.Add(name=f"{name}_add")([shortcut, x]))


def build_mobilenetv2(image: Any) -> Any:
    """The net of "MobileNetV2: Inverted Residuals and Linear Bottlenecks": `(B, H, W, 1)` -> `(B, H/32, W/4, 1280)`."""
    x = _convolve_normalized(image, 32, 3, (2, 2), name="stem")  # (B, H/2, W/2, 32)
    x = layers.Activation("relu6", name="stem_relu")(x)
    for stage, (expansion, filters, blocks, strides) in enumerate(_MOBILENETV2, 1):
        for block in range(1, blocks + 1):
            name = f"stage{stage}_block{block}"
            x = _inverted_residual(x, expansion, filters, strides if block == 1 else (1, 1), name=name)
    x = _convolve_normalized(x, _MOBILENETV2_LAST, 1, (1, 1), name="last")
    return layers.Activation("relu6", name="last_relu")(x)


def _inverted_residual(x: Any, expansion: int, filters: int, strides: tuple[int, int], *, name: str) -> Any:
    """Expand, convolve each channel by itself, project to a narrow map without activation; add where shapes allow."""
    narrow, channels = x, x.shape[-1]
    if expansion != 1:
        x = _convolve_normalized(x, expansion * channels, 1, (1, 1), name=f"{name}_expand")
        x = layers.Activation("relu6", name=f"{name}_expand_relu")(x)
    x = _convolve_depthwise(x, strides, name=f"{name}_depthwise")
    x = _convolve_normalized(x, filters, 1, (1, 1), name=f"{name}_project")
    return layers.Add(name=f"{name}_add")([narrow, x]) if strides == (1, 1) and channels == filters else x


def _convolve_depthwise(x: Any, strides: tuple[int, int], *, name: str) -> Any:
    """A 3x3 convolution of each channel by itself, normalized."""
    # TensorFlow has none with unequal strides: then all rows are convolved, and every other one is kept.
    equal = strides[0] == strides[1]
    x = layers.DepthwiseConv2D(
        3,
        strides if equal else (1, 1),
        padding="same",
        use_bias=False,
        depthwise_initializer=initializers.RandomNormal(stddev=_DEPTHWISE_SPREAD),
        name=name,
    )(x)
    if not equal:
        x = layers.MaxPooling2D(1, strides, name=f"{name}_thin")(x)
    x = _normalize(x, name=f"{name}_norm")
    return layers.Activation("relu6", name=f"{name}_relu")(x)


def _convolve_normalized(x: Any, filters: int, size: int, strides: tuple[int, int], *, name: str) -> Any:
    convolution = layers.Conv2D(
        filters, size, strides, padding="same", use_bias=False, kernel_initializer="he_normal", name=name
    )
    return _normalize(convolution(x), name=f"{name}_norm")
