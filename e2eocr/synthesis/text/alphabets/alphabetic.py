"""The alphabet of European writing: Latin, Cyrillic, Greek, Armenian and Georgian."""

from __future__ import annotations

import unicodedata

from e2eocr.synthesis.text.alphabets.canonical import ASCII, character_range, normal


def _composed(base: str, marks: str) -> str:
    """Every single character that a base letter and a combining mark compose to."""
    found = (unicodedata.normalize("NFC", letter + mark) for letter in base for mark in marks)
    return "".join(character for character in found if len(character) == 1)


_LATIN = (
    "ÆÐØÞßæðøþĐđĦħıŁłŊŋŒœŦŧƏəſẞƠơƯưȘșȚțªº"
    + _composed("AEIOUYaeiouy", "\u0300\u0301\u0302\u0303\u0308\u0309\u0323")
    + _composed("AEIOUaeiou", "\u0304\u0306\u0328")
    + _composed("AU", "\u030a")
    + _composed("au", "\u030a")
    + _composed("OUou", "\u030b")
    + _composed("CLNRSZclnrszGKgk", "\u0301")
    + _composed("CDELNRSTZcdelnrstzGg", "\u030c")
    + _composed("CGHJSWYcghjswy", "\u0302")
    + _composed("CEGIZcegz", "\u0307")
    + _composed("CGKLNRSTcgklnrst", "\u0327")
    + _composed("Ww", "\u0300\u0301\u0308")
    + _composed("GgNn", "\u0306\u0303")
    + _composed("ÂâĂăÊêÔôƠơƯư", "\u0300\u0301\u0303\u0309\u0323")
    + _composed("ĽľĎďŤť", "\u030c")
    + "ĽľĎďŤťŮů\u0364"
)
_CYRILLIC = (
    character_range(0x0410, 0x044F)
    + "ЁёЂђЃѓЄєЅѕІіЇїЈјЉљЊњЋћЌќЍѝЎўЏџҐґҒғҖҗҚқҢңҮүҰұҲҳҶҷҺһӘәӒӓӢӣӨөӮӯӦӧѢѣѲѳѴѵӐӑӖӗӸӹӤӥ"
    + character_range(0x0500, 0x050F)
)
_GREEK = "".join(chr(c) for c in range(0x0386, 0x03CF) if unicodedata.name(chr(c), "").startswith("GREEK")) + "ϛϝϡ"
_POLYTONIC = "".join(chr(c) for c in range(0x1F00, 0x1FFF) if unicodedata.category(chr(c))[0] == "L")
_PUNCTUATION = "¡¿·…–—‘’‚“”„«»‹›′″†‡•§¶©®™°№‰⸗"
_ARMENIAN = character_range(0x0531, 0x0556) + character_range(0x0561, 0x0587) + "՚՛՜՝՞։֊"
_GEORGIAN = character_range(0x10D0, 0x10F0)
_RARE = "ꞨꞩⱫⱬꞐꞑḐḑƵƶӠӡꝚꝛϰϜϠĲĳ⁶⁷⁸⁹⇐⇑⇒⇓⇔↔⟨⟩"
_LATER_SYMBOLS = "▲▼▶◀◆◇◦☆✗➢➤❖♀♂♪♠♥♦♣∂∫∈∇≡≅∀∃¬⊥∠⊕⊗①②③④⑤⑥⑦⑧⑨"
_SYMBOLS = "€£¥¢₤₽₴₺₹₫₣₡₱₿×÷±−≤≥≠≈∞√∑µ½¼¾⅓⅔⅛¹²³⁴⁵⁰←↑→↓■□●○★✓☎"

# A model of a shorter alphabet can be trained on with a longer one that begins with it: what is new comes last.
ALPHABETIC = normal(
    ASCII
    + _PUNCTUATION
    + _SYMBOLS
    + _LATIN
    + _CYRILLIC
    + _GREEK
    + _POLYTONIC
    + _RARE
    + _ARMENIAN
    + _GEORGIAN
    + _LATER_SYMBOLS
)
"""Latin of all European languages, Vietnamese and Turkish; Cyrillic; Greek, polytonic too; Armenian; Georgian;
punctuation, currency, arrows, bullets, signs of mathematics."""

DIGITS = character_range(0x30, 0x39)
"""The ten digits, for meters, plates and MNIST."""
