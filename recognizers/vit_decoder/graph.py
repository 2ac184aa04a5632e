"""A line recognizer as Keras graphs: a Transformer sees the line in patches, another one writes it, a class at a time.

The encoder is that of "An Image is Worth 16x16 Words" (Dosovitskiy et al. 2021) behind a few convolutions, after "Early
Convolutions Help Transformers See Better" (Xiao et al. 2021). The decoder is that of "Attention Is All You Need"
(Vaswani et al. 2017), its layers normalized before they act. While it is trained, a classifier over the columns of the
encoder is trained beside it by CTC, after "Hybrid CTC/Attention Architecture" (Watanabe et al. 2017): that tells the
encoder early which column shows which character. Reading does without it.

Class 0 is the edge of a line: what comes before the first character, and what follows the last one.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any

import keras
from keras import initializers, layers

from recognizers.backbones import convolve
from recognizers.vit_decoder.layers import AddPlaces, Attend, AttendOne, JoinPast

_SPREAD = 0.3  # of the vectors that classes begin with


@dataclass(frozen=True, slots=True)
class ViTDecoderConfig:
    """What rebuilds the graphs.

    Attributes:
        classes: Classes of characters, that of the line's edge (class 0) included.
        height: Height of the input in pixels.
        stem: Channels of the convolutions before the patches, each of which halves height and width.
        patch: Height and width of a patch in pixels of the input, multiples of what the stem leaves as one pixel; a
            column of patches is a time step.
        width: Length of the vectors.
        heads: Of attention.
        encoder_layers: Layers that see.
        decoder_layers: Layers that write.
        expansion: By how much the dense layers of a Transformer's layer are wider than its vectors.
        dropout: Rate of all dropouts, in training.
        forgetting: Share of the characters before that the decoder is not told, in training: it must look.

    Raises:
        ValueError: If a size does not go with another.
    """

    classes: int
    height: int = 32
    stem: tuple[int, ...] = (32, 64)
    patch: tuple[int, int] = (32, 4)
    width: int = 192
    heads: int = 6
    encoder_layers: int = 5
    decoder_layers: int = 2
    expansion: int = 3
    dropout: float = 0.1
    forgetting: float = 0.1

    def __post_init__(self) -> None:
        pixel = 2 ** len(self.stem)
        if len(self.patch) != 2 or any(side % pixel for side in self.patch) or self.height % self.patch[0]:
            raise ValueError(
                f"Invalid `patch`. Expected a height that divides {self.height}, and multiples of {pixel}. "
                f"Received: patch={self.patch}"
            )
        if self.width % (2 * self.heads):
            raise ValueError(f"Invalid `width`. Expected a multiple of 2 * {self.heads}. Received: width={self.width}")

    @property
    def time_stride(self) -> int:
        """Input pixels per column of patches."""
        return self.patch[1]

    @property
    def rows(self) -> int:
        """Patches one above the other."""
        return self.height // self.patch[0]

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> ViTDecoderConfig:
        """Rebuild a config from `to_dict`.

        Raises:
            ValueError: If a key is unknown, or a value cannot be.
        """
        unknown = set(values) - {field.name for field in fields(cls)}
        if unknown:
            raise ValueError(f"Invalid ViT decoder architecture. Unknown keys: {', '.join(sorted(unknown))}")
        lists = {key: tuple(value) for key, value in values.items() if isinstance(value, list)}
        return cls(**values | lists)


def build_vit_decoder(config: ViTDecoderConfig) -> keras.Model:
    """The graph that is trained: what it has to write is told to it, shifted by one.

    Takes pictures `(B, height, W, 1)` float32, ink-positive, and the classes before each place, `(B, L)` int32, of
    which the first is the edge. Gives logits `(B, L, classes)`, what stands at each place, and logits by column
    `(B, W / time_stride, classes)`, which CTC trains; both float32. `W` must be a multiple of `time_stride`.
    """
    image = keras.Input((config.height, None, 1), name="image")
    before = keras.Input((None,), dtype="int32", name="before")
    seen = _encode(image, config)
    memory = _remember(seen, config)
    columns = layers.Reshape((config.rows, -1, config.width), name="grid")(seen)
    columns = layers.Permute((2, 1, 3), name="columns")(columns)  # (B, T, rows, D)
    columns = layers.Reshape((-1, config.rows * config.width), name="flatten")(columns)
    logits = _decode(before, memory, config)
    by_column = layers.Dense(config.classes, dtype="float32", name="column_logits")(columns)
    return keras.Model([image, before], [logits, by_column], name="vit_decoder")


def build_encoder(config: ViTDecoderConfig) -> keras.Model:
    """The part that sees: `(B, height, W, 1)` float32 -> memory `(B, 2 * decoder_layers * heads, rows * T, D / heads)`.

    The memory holds keys and values for each layer of the decoder, by its heads.
    """
    image = keras.Input((config.height, None, 1), name="image")
    memory = _remember(_encode(image, config), config)
    parts = 2 * config.decoder_layers * config.heads
    memory = layers.Reshape((-1, parts, config.width // config.heads), name="memory_parts")(memory)
    memory = layers.Permute((2, 1, 3), name="memory_by_head")(memory)
    return keras.Model(image, memory, name="vit_encoder")


def build_step(config: ViTDecoderConfig) -> keras.Model:
    """The part that writes, for one character of each line.

    Takes the class before, `(B,)` int32; the states of all characters before that, `(t, B, 2 * decoder_layers * D)`
    float32, `t` from 0; and the memory of `build_encoder`. Gives logits `(B, classes)`, the state that joins the others
    before the next step, `(B, 2 * decoder_layers * D)`, and how much each patch was looked at, `(B, rows * T)`, which
    sums to 1.
    """
    states = 2 * config.decoder_layers
    before = keras.Input(batch_shape=(None,), dtype="int32", name="before")
    past = keras.Input(batch_shape=(None, None, states * config.width), name="past")
    memory = keras.Input((states * config.heads, None, config.width // config.heads), name="memory")
    x = AddPlaces(name="written_places")(_embed(before, config), past)  # (B, D)
    state, looks = [], []
    for number in range(config.decoder_layers):
        name = f"decoder{number + 1}"
        query, key, value = _project(layers.LayerNormalization(name=f"{name}_norm1")(x), config, f"{name}_self")
        state += [key, value]
        keys, values = (
            JoinPast(config.heads, name=f"{name}_{part}s")([_vector(past, 2 * number + at, config), now])
            for at, (part, now) in enumerate((("key", key), ("value", value)))
        )
        found, _ = AttendOne(name=f"{name}_self_attend")([query, keys, values])
        x = _add(x, found, config, f"{name}_self")
        query = _query(x, config, name)
        keys, values = (memory[:, at * config.heads : (at + 1) * config.heads] for at in (2 * number, 2 * number + 1))
        found, look = AttendOne(name=f"{name}_cross_attend")([query, keys, values])
        looks.append(look)
        x = _think(_add(x, found, config, f"{name}_cross"), config, name)
    x = layers.LayerNormalization(name="decoder_norm")(x)
    logits = layers.Dense(config.classes, dtype="float32", name="logits")(x)
    look = layers.Average(name="look")(looks) if len(looks) > 1 else looks[0]
    return keras.Model([before, past, memory], [logits, layers.Concatenate(name="state")(state), look], name="step")


def share_weights(source: keras.Model, target: keras.Model) -> None:
    """Give the layers of a graph the weights of those with their names in another one."""
    for layer in target.layers:
        if layer.weights:
            layer.set_weights(source.get_layer(layer.name).get_weights())


def _encode(image: Any, config: ViTDecoderConfig) -> Any:
    """`(B, height, W, 1)` -> `(B, rows * T, D)`, row by row."""
    x = image
    for number, filters in enumerate(config.stem, 1):
        x = convolve(x, filters, strides=2, name=f"stem{number}", normalized=True)
    sides = tuple(side // 2 ** len(config.stem) for side in config.patch)
    x = layers.Conv2D(config.width, sides, sides, name="patches")(x)  # (B, rows, T, D)
    x = AddPlaces(name="places")(x)
    if config.rows > 1:
        x = layers.Permute((2, 1, 3), name="by_column")(x)  # rows are places too
        x = layers.Permute((2, 1, 3), name="by_row")(AddPlaces(name="row_places")(x))
    x = layers.Reshape((-1, config.width), name="sequence")(x)
    x = layers.Dropout(config.dropout, name="patches_dropout")(x)
    for number in range(1, config.encoder_layers + 1):
        name = f"encoder{number}"
        query, key, value = _project(layers.LayerNormalization(name=f"{name}_norm1")(x), config, f"{name}_self")
        found = Attend(config.heads, name=f"{name}_self_attend")([query, key, value])
        x = _think(_add(x, found, config, f"{name}_self"), config, name)
    return layers.LayerNormalization(name="encoder_norm")(x)


def _remember(seen: Any, config: ViTDecoderConfig) -> Any:
    """Keys and values of all layers of the decoder side by side: `(B, rows * T, 2 * decoder_layers * D)`."""
    return layers.Dense(2 * config.decoder_layers * config.width, name="memory")(seen)


def _decode(before: Any, memory: Any, config: ViTDecoderConfig) -> Any:
    """Logits of what follows each of the classes before, `(B, L, classes)`."""
    x = _embed(before, config)
    x = layers.Dropout(config.forgetting, noise_shape=(None, None, 1), name="forgetting")(x)
    x = AddPlaces(name="written_places")(x)
    for number in range(config.decoder_layers):
        name = f"decoder{number + 1}"
        query, key, value = _project(layers.LayerNormalization(name=f"{name}_norm1")(x), config, f"{name}_self")
        found = Attend(config.heads, causal=True, name=f"{name}_self_attend")([query, key, value])
        x = _add(x, found, config, f"{name}_self")
        query = _query(x, config, name)
        keys, values = (_vector(memory, at, config) for at in (2 * number, 2 * number + 1))
        found = Attend(config.heads, name=f"{name}_cross_attend")([query, keys, values])
        x = _think(_add(x, found, config, f"{name}_cross"), config, name)
    x = layers.LayerNormalization(name="decoder_norm")(x)
    return layers.Dense(config.classes, dtype="float32", name="logits")(x)


def _embed(before: Any, config: ViTDecoderConfig) -> Any:
    spread = initializers.RandomNormal(stddev=_SPREAD)
    return layers.Embedding(config.classes, config.width, embeddings_initializer=spread, name="written")(before)


def _project(x: Any, config: ViTDecoderConfig, name: str) -> list[Any]:
    return [layers.Dense(config.width, name=f"{name}_{part}")(x) for part in ("query", "key", "value")]


def _vector(joined: Any, number: int, config: ViTDecoderConfig) -> Any:
    """One of the vectors that stand side by side, `(…, n * D)` -> `(…, D)`."""
    return joined[..., number * config.width : (number + 1) * config.width]


def _query(x: Any, config: ViTDecoderConfig, name: str) -> Any:
    """What a layer of the decoder asks the memory."""
    x = layers.LayerNormalization(name=f"{name}_norm2")(x)
    return layers.Dense(config.width, name=f"{name}_cross_query")(x)


def _add(x: Any, found: Any, config: ViTDecoderConfig, name: str) -> Any:
    """What attention found, added to the vectors."""
    found = layers.Dense(config.width, name=f"{name}_out")(found)
    found = layers.Dropout(config.dropout, name=f"{name}_dropout")(found)
    return layers.Add(name=f"{name}_add")([x, found])


def _think(x: Any, config: ViTDecoderConfig, name: str) -> Any:
    """The dense part of a Transformer's layer."""
    y = layers.LayerNormalization(name=f"{name}_norm3")(x)
    y = layers.Dense(config.expansion * config.width, activation="relu", name=f"{name}_dense1")(y)
    y = layers.Dense(config.width, name=f"{name}_dense2")(y)
    y = layers.Dropout(config.dropout, name=f"{name}_dropout")(y)
    return layers.Add(name=f"{name}_add")([x, y])
