"""A character prior from text: counting, smoothing, pruning, writing.

Probabilities are those of interpolated Witten-Bell smoothing (Witten & Bell 1991). Kneser & Ney 1995 do better where
all n-grams are kept (Chen & Goodman 1999), but their short n-grams suit no model of which most long ones are pruned
(Chelba et al. 2010). What is pruned is what changes the model least by relative entropy (Stolcke 1998); what then is
left backs off to shorter n-grams, with weights that make each context's probabilities sum to one.
"""

from __future__ import annotations

import itertools
import random
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from e2eocr.errors import OutputError, UsageError
from e2eocr.models.bundles import PRIOR, is_bundle, read_bundle
from e2eocr.models.saving import put_prior
from e2eocr.synthesis.text.alphabets import load_alphabet
from e2eocr.synthesis.text.forms import to_fraktur
from e2eocr.synthesis.text.groups import GROUPS, runs_from_right
from e2eocr.synthesis.text.languages import SHARES
from e2eocr.synthesis.text.sources import TextSource
from recognizers.ctc.prior import (
    LOWER,
    NO_BACKOFF,
    SHAPE_BITS,
    SHAPES_SEEN,
    SPACE,
    STEP,
    UPPER,
    USUAL,
    CharacterModel,
    NGrams,
    fold,
    symbol_bits,
)
from recognizers.directions import to_visual

_MAX_ORDER = 6  # symbols of a key that still tells 1,023 characters apart
_EDGE = 0
_FRAKTUR_SHARE = 0.5
_USUAL_SHARE = 2.0  # per cent: a language of this share gives as many characters of running text as lines are drawn
_LEFT = 1e-4  # of a context's probability that is left at least


@dataclass(frozen=True, slots=True)
class _Counts:
    """N-grams of one order as they stand in the text: sorted keys `(n,)` uint64, how often `(n,)` float64."""

    keys: np.ndarray
    counts: np.ndarray


@dataclass(frozen=True, slots=True)
class _Smoothed:
    """N-grams of one order with their probabilities, `(n,)` float64, and what pruning one of them would lose."""

    keys: np.ndarray
    logs: np.ndarray
    losses: np.ndarray


@dataclass(frozen=True, slots=True)
class PriorSettings:
    """What a prior is made of and how it counts.

    Attributes:
        order: Symbols of the longest n-grams.
        ngrams: How many are kept, of all orders together.
        lines: Lines drawn as `synth lines` draws them.
        weight: What a nat of the prior counts beside one of the recognizer.
        bonus: Nats for each character.
        usual: Nats that a character of print usually costs: text that costs much more is in no language it has learned.
        seed: The same seed gives the same prior.

    Raises:
        UsageError: If a value is out of its range.
    """

    order: int = 6
    ngrams: int = 550_000
    lines: int = 400_000
    weight: float = 0.45
    bonus: float = 0.9
    usual: float = USUAL
    seed: int = 1

    def __post_init__(self) -> None:
        if not 2 <= self.order <= _MAX_ORDER:
            raise UsageError(f"Invalid `order`. Expected 2 to {_MAX_ORDER}. Received: order={self.order}")
        if self.lines < 1 or self.ngrams < 1:
            raise UsageError(
                f"Invalid `lines` or `ngrams`. Expected at least 1. Received: lines={self.lines}, ngrams={self.ngrams}"
            )


def train_on_text(
    folder: Path | None, settings: PriorSettings, *, languages: Collection[str] | None = None, alphabet: str
) -> CharacterModel:
    """Train a prior on the text that lines are drawn from.

    Args:
        folder: Of `<language>.txt[.xz]`; None makes text from word lists.
        settings: What the prior is made of.
        languages: Codes; None is all that are written in the alphabet.
        alphabet: Name of the alphabet whose characters are learned. Lines of one that is read from the right are
            learned as they stand on paper, as its recognizers see them.

    Raises:
        DataError: If there is no text.
        MissingDependencyError: If a package is missing that text is made with.
    """
    source = TextSource(
        folder, charset=load_alphabet(alphabet), languages=languages, seed=settings.seed, group=alphabet
    )
    texts = draw_texts(source, settings.lines, settings.seed, GROUPS.get(alphabet, SHARES))
    return train_model(map(to_visual, texts) if runs_from_right(alphabet) else texts, settings)


def load_prior_file(path: Path) -> CharacterModel:
    """Read a prior that `write_prior` wrote.

    Raises:
        UsageError: If it cannot be read.
    """
    try:
        return CharacterModel.load(path)
    except (OSError, ValueError, KeyError) as error:
        raise UsageError(f"{path} cannot be read as a prior: {error}. Name a file of `e2eocr train prior`.") from error


def write_prior(model: CharacterModel, out: Path) -> int:
    """Write a prior to a file, or into the bundle of a recognizer; returns the bytes it takes.

    Raises:
        BundleError: If `out` is a bundle that is not whole, or a detector's.
        OutputError: If nothing can be written there.
    """
    try:
        if is_bundle(out):
            put_prior(read_bundle(out), model)
            return (out / PRIOR).stat().st_size
        out.parent.mkdir(parents=True, exist_ok=True)
        model.save(out)
        return out.stat().st_size
    except OSError as error:
        raise OutputError(f"Cannot write {out}: {error.strerror}. Choose another place.") from error


def draw_texts(source: TextSource, lines: int, seed: int, shares: Mapping[str, float]) -> Iterator[str]:
    """Lines as recognizers learn them, Fraktur's spelling for some German ones, and running text.

    Drawn lines have the numbers, codes and capitals of print; they are short, so running text of every language stands
    beside them, more of one with a larger share.
    """
    for number in range(lines):
        rng = random.Random(f"{seed}:{number}")
        text, language = source.draw(rng)
        yield text
        if language == "de" and rng.random() < _FRAKTUR_SHARE:
            yield to_fraktur(text, rng, small_e=True)
    for language in source.languages:
        wanted = lines * (shares.get(language, 1.0) / _USUAL_SHARE) ** 0.5
        whole = source.whole_lines(language)
        random.Random(f"{seed}:{language}").shuffle(whole)
        amounts = itertools.accumulate((len(line) for line in whole), initial=0)
        yield from (line for line, before in zip(whole, amounts, strict=False) if before < wanted)


def train_model(texts: Iterable[str], settings: PriorSettings) -> CharacterModel:
    """Count the n-grams of texts (NFC, single spaces) and keep those that matter most."""
    bits = symbol_bits(settings.order)
    codes, numbers, symbols = _encode(texts, bits)
    counted = [_count(numbers, order, bits) for order in range(1, settings.order + 1)]
    kept = _prune(_smooth(counted, len(symbols)), settings.ngrams)
    return CharacterModel(
        symbols, _quantize(kept), _count_cases(codes), settings.weight, settings.bonus, settings.usual
    )


def _encode(texts: Iterable[str], bits: int) -> tuple[np.ndarray, np.ndarray, str]:
    """Lines one after another as code points and as numbers of symbols, an edge before each; and the symbols.

    Returns:
        `(n,)` uint32, `(n,)` uint64, symbols by falling frequency, the first is number 1.
    """
    joined = "".join(f"\0 {text} " for text in texts)
    codes = np.frombuffer(joined.encode("utf-32-le"), np.uint32)
    present, counts = np.unique(codes, return_counts=True)
    amounts: Counter[str] = Counter()
    for code, count in zip(present.tolist(), counts.tolist(), strict=True):
        if code != _EDGE:
            amounts[fold(chr(code))[0]] += count
    symbols = sorted(amounts, key=lambda symbol: (-amounts[symbol], symbol))[: (1 << bits) - 1]
    places = {symbol: number for number, symbol in enumerate(symbols, 1)}
    table = np.array([places.get(fold(chr(code))[0], 0) for code in present.tolist()], np.uint64)
    return codes, table[np.searchsorted(present, codes)], "".join(symbols)


def _count(numbers: np.ndarray, order: int, bits: int) -> _Counts:
    """Count the n-grams that no edge of a line parts."""
    keys = np.zeros(max(len(numbers) - order + 1, 0), np.uint64)
    whole = np.ones(len(keys), bool)
    for place in range(order):
        symbols = numbers[place : place + len(keys)]
        keys = (keys << np.uint64(bits)) | symbols
        whole &= symbols != _EDGE
    found, counts = np.unique(keys[whole], return_counts=True)
    return _Counts(found, counts.astype(np.float64))


def _contexts(keys: np.ndarray, bits: int) -> tuple[np.ndarray, np.ndarray]:
    """Where each context's n-grams begin among sorted keys, and which context each n-gram has."""
    heads = keys >> np.uint64(bits)
    begins = np.flatnonzero(np.concatenate(([True], heads[1:] != heads[:-1])))
    return begins, np.repeat(np.arange(len(begins)), np.diff(np.concatenate((begins, [len(keys)]))))


def _smooth(counted: Sequence[_Counts], symbols: int) -> list[_Smoothed]:
    """Interpolate each order with the one below it; that of single symbols with all alike."""
    bits = symbol_bits(len(counted))
    smoothed: list[_Smoothed] = []
    lower = np.full(len(counted[0].keys), 1.0 / symbols)
    for order, each in enumerate(counted, 1):
        if order > 1:
            mask = np.uint64((1 << (bits * (order - 1))) - 1)
            lower = np.exp(smoothed[-1].logs)[np.searchsorted(smoothed[-1].keys, each.keys & mask)]
        begins, owners = _contexts(each.keys, bits)
        totals = np.add.reduceat(each.counts, begins)[owners]
        kinds = np.bincount(owners).astype(np.float64)[owners]
        logs = np.log((each.counts + kinds * lower) / (totals + kinds))
        backed_off = np.log(kinds / (totals + kinds) * lower)
        smoothed.append(_Smoothed(each.keys, logs, each.counts * (logs - backed_off)))
    return smoothed


def _prune(smoothed: Sequence[_Smoothed], most: int) -> list[_Smoothed]:
    """Keep the `most` n-grams whose loss would change the model most, with what each begins with."""
    bits = np.uint64(symbol_bits(len(smoothed)))
    losses = [each.losses.copy() for each in smoothed]
    for order in range(len(smoothed) - 1, 0, -1):  # what begins a longer one that is kept is kept
        parents = np.searchsorted(smoothed[order - 1].keys, smoothed[order].keys >> bits)
        np.maximum.at(losses[order - 1], parents, losses[order])
    losses[0][:] = np.inf
    everything = np.concatenate(losses)
    least = np.sort(everything)[-min(most, len(everything))]
    return [
        _Smoothed(each.keys[loss >= least], each.logs[loss >= least], loss[loss >= least])
        for each, loss in zip(smoothed, losses, strict=True)
    ]


def _quantize(kept: Sequence[_Smoothed]) -> tuple[NGrams, ...]:
    """Bring logarithms to steps, with the weights that make what is left of a context's probability its shorter one's.

    Quantized are first the probabilities, then the weights that follow from them.
    """
    bits = symbol_bits(len(kept))
    backoffs = [np.zeros(len(each.keys)) for each in kept]
    for order in range(2, len(kept) + 1):
        grams, contexts = kept[order - 1], kept[order - 2]
        if not len(grams.keys):
            continue
        begins, _ = _contexts(grams.keys, bits)
        here = np.add.reduceat(np.exp(grams.logs), begins)
        shorter = grams.keys & np.uint64((1 << (bits * (order - 1))) - 1)
        below = np.add.reduceat(np.exp(_look_up(kept, backoffs, order - 1, shorter)), begins)
        places = np.searchsorted(contexts.keys, grams.keys[begins] >> np.uint64(bits))
        backoffs[order - 2][places] = np.log(np.maximum(1 - here, _LEFT) / np.maximum(1 - below, _LEFT))
    return tuple(
        NGrams(
            each.keys,
            np.clip(np.rint(-each.logs / STEP), 0, 255).astype(np.uint8),
            np.clip(np.rint(weights / STEP) + NO_BACKOFF, 0, 255).astype(np.uint8),
        )
        for each, weights in zip(kept, backoffs, strict=True)
    )


def _look_up(kept: Sequence[_Smoothed], backoffs: Sequence[np.ndarray], order: int, keys: np.ndarray) -> np.ndarray:
    """Logarithms of the probabilities of n-grams in the pruned model, `(n,)`."""
    bits = symbol_bits(len(kept))
    grams = kept[order - 1]
    places = np.minimum(np.searchsorted(grams.keys, keys), len(grams.keys) - 1)
    found = grams.keys[places] == keys if len(grams.keys) else np.zeros(len(keys), bool)
    logs = np.empty(len(keys))
    logs[found] = grams.logs[places[found]]
    if order > 1 and not found.all():
        others = keys[~found]
        shorter = _look_up(kept, backoffs, order - 1, others & np.uint64((1 << (bits * (order - 1))) - 1))
        contexts = kept[order - 2]
        heads = others >> np.uint64(bits)
        at = np.minimum(np.searchsorted(contexts.keys, heads), len(contexts.keys) - 1)
        logs[~found] = shorter + np.where(contexts.keys[at] == heads, backoffs[order - 2][at], 0.0)
    return logs


def _count_cases(codes: np.ndarray) -> np.ndarray:
    """Share of capitals among letters after each three shapes, `(512,)` float32; an edge counts as a space."""
    present, inverse = np.unique(codes, return_inverse=True)
    shape_of = [SPACE if code == _EDGE else fold(chr(code))[1] for code in present.tolist()]
    shapes = np.array(shape_of, np.int64)[inverse]
    behind = np.zeros(len(shapes) - SHAPES_SEEN, np.int64)
    for place in range(SHAPES_SEEN):
        behind = (behind << SHAPE_BITS) | shapes[place : place + len(behind)]
    letters = shapes[SHAPES_SEEN:]
    size = 1 << (SHAPE_BITS * SHAPES_SEEN)
    upper, lower = (np.bincount(behind[letters == shape], minlength=size) for shape in (UPPER, LOWER))
    return ((upper + 0.5) / (upper + lower + 1.0)).astype(np.float32)
