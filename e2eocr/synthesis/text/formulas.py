"""Formulas and quantities as they stand amid text, on one line: `12 ÷ 3 = 4`, `½ + ¼ = ¾`, `n → ∞`, `50 Ω`."""

from __future__ import annotations

import random

from e2eocr.synthesis.text.forms import number
from e2eocr.synthesis.text.languages import Marks

_LETTERS = "abcdefghiklmnpqrstuvwxyzABCDEFHKLMNPRSTVXYZ"
_GREEK = "αβγδθλµπσφωΔΣΩ"
_CAPITALS = "ABDEFGHKLMNPQRSTVXYZ"
_POWERS = "²³⁴⁵⁶⁷⁸⁹¹"
_FRACTIONS = "½¼¾⅓⅔⅛"
_OPERATORS = "++−−×÷·±/"
_RELATIONS = "===≠≈≤≥<>→⇒↔"
_UNITS = (
    "mm", "cm²", "m³", "km/h", "m/s²", "Ω", "kΩ", "µF", "µm", "µg", "°C", "°", "′", "″", "%", "‰", "Hz",
    "kWh", "K", "dB",
)  # fmt: skip


def formula(rng: random.Random, marks: Marks) -> str:
    """A relation, a quantity with its unit and tolerance, a root, a sum or a limit."""
    value, unit = number(rng, marks), rng.choice(_UNITS)
    return rng.choice(
        (
            f"{_terms(rng)} {rng.choice(_RELATIONS)} {_terms(rng)}",
            f"{_terms(rng)} {rng.choice(_RELATIONS)} {_terms(rng)}",
            f"{_term(rng)} {rng.choice('≤≥≠≈<>')} {_term(rng)} {rng.choice(('and', ',', ';'))} {_relation(rng)}",
            f"{value} {unit}",
            f"{rng.randint(1, 999)} {rng.choice(('± ', '±'))}{rng.randint(1, 9)} {unit}",
            f"{rng.randint(1, 900)} {rng.choice('‰%')} of {rng.randint(1, 99)} {rng.choice('‰%')}",
            f"{rng.choice('Δδ')}{rng.choice('TtxEUVp')} = {rng.randint(1, 99)} {unit}",
            f"{rng.choice('nkxt')} → {rng.choice(('∞', '∞', '0', '−∞'))}",
            f"√{rng.randint(2, 400)} {rng.choice('=≈')} {rng.randint(1, 20)}",
            f"{rng.choice('∑Σ')} {_term(rng)}, {rng.choice('ikn')} = {rng.randint(0, 1)}…{rng.choice(('n', '∞'))}",
            f"{rng.choice(_FRACTIONS)} {rng.choice('+−')} {rng.choice(_FRACTIONS)} = {rng.choice(_FRACTIONS)}",
            f"{rng.randint(1, 12)}{rng.choice(_FRACTIONS)} {rng.choice(('cups', 'lb', 'in', 'h', unit))}",
            _statement(rng), _statement(rng),
        )
    )  # fmt: skip


def _statement(rng: random.Random) -> str:
    """A derivative, an integral, a statement of logic, of sets or of geometry."""
    x, y = rng.choice(_LETTERS), rng.choice(_LETTERS)
    large, other = rng.choice(_CAPITALS), rng.choice(_CAPITALS)
    return rng.choice(
        (
            f"∂{y}/∂{x} = {_term(rng)}", f"∫ {y}({x}) d{x} = {_terms(rng)}", f"∫{_term(rng)} d{x}", f"∂²{y}/∂{x}²",
            f"∇{rng.choice('φψfuEB')} = 0", f"{x} ∈ {large}", f"∀{x} ∈ {large}: {_relation(rng)}", f"AB ⊥ {large}D",
            f"∃{y} {rng.choice('><≠')} 0", f"¬{rng.choice('pqrAB')}", f"{x} ≡ {y} (mod {rng.randint(2, 19)})",
            f"∠{large}{other}C = {rng.randint(1, 179)}°", f"{large}BC ≅ DEF", f"{x} {rng.choice('⊕⊗')} {y}",
            f"{large} ≅ {other}",
        )
    )  # fmt: skip


def _relation(rng: random.Random) -> str:
    return f"{_term(rng)} {rng.choice(_RELATIONS)} {_term(rng)}"


def _terms(rng: random.Random) -> str:
    terms = _term(rng)
    for _ in range(rng.choice((0, 0, 1, 1, 2))):
        terms += f" {rng.choice(_OPERATORS)} {_term(rng)}"
    return terms


def _term(rng: random.Random) -> str:
    """A number, a letter with its power, a product, a function or a fraction."""
    letter = rng.choice(_LETTERS if rng.random() < 0.7 else _GREEK)
    return rng.choice(
        (
            str(rng.randint(0, 999)), letter, f"{letter}{rng.choice(_POWERS)}", f"{rng.randint(2, 12)}{letter}",
            f"π{rng.choice('rRd')}{rng.choice(('', '²'))}", f"{rng.choice(('sin', 'cos', 'tan', 'log'))}({letter})",
            f"f({letter})", rng.choice(_FRACTIONS), f"10{rng.choice(_POWERS)}",
        )
    )  # fmt: skip
