"""The style of a face, by the name of its family: what print is set in, and what only looks like it."""

from __future__ import annotations

import re

from e2eocr.synthesis.fonts.font_files import FontFacts

# Share of each style among the lines: thousands of display and handwriting faces must not drown print.
STYLE_SHARES = {
    "serif": 0.34, "old": 0.11, "sans": 0.27, "typewriter": 0.13, "mono": 0.05, "dots": 0.03, "display": 0.07,
    "blackletter": 0.03,
}  # fmt: skip
# The first pattern that fits a family's name decides; PANOSE and the `mono` flag decide where none does.
_STYLE_NAMES = (
    # East Asian designs: Song and Ming stand for serifs, Hei and Gothic for their lack, Kai for the brush of books.
    ("serif", r"\bu?ming|texming|\bsong|sungti|mincho|batang|myeongjo|myungjo|xiaowei|shinmun|serif cjk|"
               r"babelstone han|kaisei"),
    ("old", r"kaiti|ukai|wenkai|texkai|klee|gungseo|fangsong|oradano|dejima"),
    ("dots", r"misaki|dotgothic"),
    ("mono", r"mono cjk|hei mono|d2coding|plus 1 code"),
    ("sans", r"cjk|wenquanyi|zen hei|micro hei|texhei|gothic|dotum|gulim|droid sans fallback|migmix|migu|motoya|"
             r"ungraphic|un ?graphic|nanumsquare|m plus|m\+|barungothic"),
    ("display", r"mouhitsu|kouzan|soseki|kiloji|brush|pilgi|nakseo|eunjin|reggae|rocknroll|train one|^stick$|"
                r"^dela |yusei|kuaile|huangyou|smiley|ma shan|yeonsung|kirang|euljiro|bm hanna|\bjua\b|"
                r"komatuna|konatu"),
    ("blackletter", r"fraktur|blackletter|schwabach|textur|blankenburg|grenze gotisch|pirata|manufacturing consent"),
    ("dots", r"spleen|^px |vt220|3270|dotmatrix|dot matrix|vga|receipt|ocr ?[ab]\b|^ocra|pixel|silkscreen|"
             r"vt323|press start"),
    ("typewriter", r"typewriter|gnutype|courier|special elite|cutive|nimbus mono|freemono|typoscript|cousine|"
                   r"liberation mono|tlwg (mono|typ)|mono uralic|libertine mono|american type|kode|"
                   r"thabit|bpg courier|elite"),
    ("display", r"lobster|dancing|kaushan|kristi|breip|rufscript|dkg|comic|humor|daniel|strokes|skechers|patch|stencil|"
                r"chancery|z003|opendyslexic|staypuft|levien|caliban|cupola|mixer|miso|eco$|bwht|monofur|eurofurence|unifur|"
                r"initials|script|hand|keyfont|radisnoir|femke|ubuntu.?title|kalam|caveat|pacifico|"
                r"purisa|umpush|sayphan|arabeyes|spartan|comfortaa|abril|bebas|anton|oswald"),
    ("old", r"essays|fell|cardo|gfs|old ?standard|goudy|caslon|jenson|fanwood|linden|prociono|ebgaramond|garamond|"
            r"baskerv|century cat|bodoni|didot|romande|accanthis|berenis|tribun|arapey|neohell|artemisia|libre bask"),
    ("mono", r"\bmono|code|hack|hermit|inconsolata|agave|monoid|mononoki|d2coding|fantasque|anonymous"),
    ("serif", r"serif(?! sans)(?<!sans serif)|roman|times|tinos|charis|gentium|doulos|libertine|lmroman|latin modern|"
              r"termes|pagella|"
              r"schola|bonum|stix|caladea|vollkorn|c059|p052|bookman|palladio|schoolbook|cmu (classical|concrete)|slab|"
              r"lora|merriweather|playfair|bitter|arvo|alegreya(?! sans)|crimson|spectral|quattrocento(?! sans)|norasi|"
              r"kinnari|induni-[tcp]|david|frank ruehl|amiri|scheherazade|annapurna|noticia|cormorant|taviraj|"
              r"volkhov|zilla"),
    ("sans", r"sans|arimo|roboto|inter\b|lato|carlito|heros|adventor|biolinum|cantarell|grotesk|open|karla|"
             r"cabin|tuffy|tiresias|jura|dosis|play$|quicksand|manrope|oxygen|sora|switzera|gillius|universalis|libris|"
             r"garuda|loma|waree|sawasdee|laksaman|montserrat|poppins|rubik|mulish|nunito|b612|osifont|\bgo\b|induni-[hn]"),
)  # fmt: skip
_STYLE_PATTERNS = tuple((style, re.compile(pattern, re.IGNORECASE)) for style, pattern in _STYLE_NAMES)


def style_of(family: str, facts: FontFacts, mono: bool) -> str:
    """The style of a face: a key of `STYLE_SHARES`."""
    for style, pattern in _STYLE_PATTERNS:
        if pattern.search(family):
            return style
    if mono:
        return "mono"
    kind, serifs = facts.panose
    if kind == 2 and 2 <= serifs <= 10:
        return "serif"
    return "sans" if kind == 2 and serifs > 10 else "display"
