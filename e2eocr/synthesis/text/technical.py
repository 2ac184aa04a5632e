"""What manuals are full of and prose is not: commands, options, paths, markup, lines of programs, names of products."""

from __future__ import annotations

import random
import re
import string
from collections.abc import Callable, Sequence

from e2eocr.synthesis.text.languages import SYMBOL_LETTERS

_TEX_COMMANDS = (
    "section", "chapter", "textbf", "emph", "label", "ref", "cite", "usepackage", "documentclass", "caption",
    "footnote", "item", "newcommand", "hspace", "vspace", "frac", "sqrt", "mathrm", "includegraphics", "hyphenation",
    "tableofcontents", "index", "verb", "fussy", "sloppy", "linebreak", "alpha", "displaystyle", "bfseries",
    "addtolength", "textwidth",
)  # fmt: skip
_PROGRAMS = (
    "apt-get install", "dpkg -l", "grep -r", "ls -la", "mount", "man", "info", "cat", "cp -a", "sudo", "ssh",
    "git clone", "make", "pip install", "python3 -m", "chmod 644", "tar xzf", "dvips", "pdflatex", "fdisk", "echo",
    "export", "help",
)  # fmt: skip
_SUFFIXES = (
    "txt", "tex", "conf", "html", "py", "c", "h", "sh", "xml", "json", "tar.gz", "deb", "log", "pdf", "iso", "ps",
)  # fmt: skip
_FOLDERS = (
    "/usr/share/doc", "/etc", "/var/log", "/home", "~", "/dev", "/usr/local/bin", "..", "/boot", "C:", "/srv",
    "/media",
)  # fmt: skip
_PRODUCTS = (
    "Linux", "Debian", "GNU/Linux", "Unix", "Windows", "PostScript", "PDF", "HTML", "HOWTO", "FAQ", "Unicode",
    "ASCII", "KDE", "GNOME", "Firefox", "DVD", "CD-ROM", "USB", "RAM", "BIOS", "UEFI", "LILO", "GRUB", "MacTEX",
    "Type 1", "OpenType", "TrueType", "METAFONT", "MiKTEX", "AMS", "PCMCIA", "APT", "HTTP", "FTP", "TCP/IP", "Wi-Fi",
    "Bluetooth", "Android", "x86",
)  # fmt: skip
_LOGOS = ("TEX", "LATEX", "LATEX", "TEX", "XELATEX", "pdfTEX", "TEX Live", "LATEX 2ε", "BIBTEX", "CTAN")


def name(words: Sequence[str], rng: random.Random) -> str:
    """A name of a program's: small Latin letters."""
    return re.sub("[^a-z]", "", rng.choice(words).lower()) or rng.choice(("main", "name", "value", "file", "index"))


def token(words: Sequence[str], rng: random.Random) -> str:
    """Something technical that stands amid prose, with no space within or few.

    Args:
        words: Latin words that names are made of.
        rng: Source of the choice.
    """
    return _fill_one(_TOKENS, words, rng)


def line(words: Sequence[str], rng: random.Random) -> str:
    """A line of a program, a terminal or a file of settings; see `token`."""
    return _fill_one(_LINES, words, rng)


def product(rng: random.Random) -> str:
    """A name that stands in Latin letters in every language."""
    return rng.choice(_PRODUCTS)


def logo(rng: random.Random) -> str:
    """TeX, LaTeX and their like with the letters that their logos are set with."""
    return rng.choice(_LOGOS)


_Form = Callable[[str, str, random.Random], str]


def _fill_one(forms: Sequence[_Form], words: Sequence[str], rng: random.Random) -> str:
    first, second = name(words, rng), name(words, rng)
    return rng.choice(forms)(first, second, rng)


def _path(first: str, second: str, rng: random.Random) -> str:
    return f"{rng.choice(_FOLDERS)}/{first}/{second}.{rng.choice(_SUFFIXES)}"


def _number(rng: random.Random) -> int:
    return rng.choice((rng.randint(0, 9), rng.randint(0, 99), rng.randint(0, 4096)))


def _command(rng: random.Random) -> str:
    return rng.choice(_TEX_COMMANDS)


_TOKENS: tuple[_Form, ...] = (
    lambda a, b, rng: f"\\{_command(rng)}",
    lambda a, b, rng: f"\\{_command(rng)}{{{a}}}",
    lambda a, b, rng: f"\\{_command(rng)}[{a}]{{{b}}}",
    lambda a, b, rng: f"--{a}",
    lambda a, b, rng: f"--{a}-{b}={_number(rng)}",
    lambda a, b, rng: f"-{rng.choice(string.ascii_letters)}",
    lambda a, b, rng: f"{a}.{rng.choice(_SUFFIXES)}",
    lambda a, b, rng: f"{a}_{b}",
    lambda a, b, rng: f"{a}()",
    lambda a, b, rng: f"{a}-{b}",
    lambda a, b, rng: f"lib{a}-dev",
    lambda a, b, rng: f"<{a}>",
    lambda a, b, rng: f"</{a}>",
    lambda a, b, rng: f"&{a};",
    lambda a, b, rng: f"${a.upper()}",
    lambda a, b, rng: f"U+{rng.randint(0x20, 0x2FFF):04X}",
    lambda a, b, rng: f"0x{rng.randint(0, 0xFFFF):x}",
    lambda a, b, rng: f"{a}:{b}",
    lambda a, b, rng: f"{a}/{b}",
    lambda a, b, rng: f"%{rng.choice('sdxf')}",
    lambda a, b, rng: _path(a, b, rng),
    lambda a, b, rng: rng.choice(_PROGRAMS),
    lambda a, b, rng: f"{{{a}}}",
    lambda a, b, rng: a,
    lambda a, b, rng: f"{a}{rng.randint(1, 12)}",
    lambda a, b, rng: f"{a}.{b}",
    lambda a, b, rng: rng.choice(SYMBOL_LETTERS),
    lambda a, b, rng: f"{rng.choice(SYMBOL_LETTERS)} = {_number(rng)}",
)

_LINES: tuple[_Form, ...] = (
    lambda a, b, rng: f"\\{_command(rng)}{{{a}}}{{{b} {_number(rng)}}}",
    lambda a, b, rng: f"\\begin{{{a}}}[{b}] \\{_command(rng)} \\end{{{a}}}",
    lambda a, b, rng: f"\\newcommand{{\\{a}}}[{rng.randint(1, 3)}]{{\\{_command(rng)}{{#1}}}}",
    lambda a, b, rng: f"\\{_command(rng)}{{\\{_command(rng)}}}{{{rng.randint(0, 9)}.{rng.randint(1, 9)}pt}} % {b}",
    lambda a, b, rng: f"\\item[{a.capitalize()}] {b} \\{_command(rng)}{{{a}}}",
    lambda a, b, rng: f"${{{a[:1]}}}^{{{_number(rng)}}}_{{{b[:2]}}}$",
    lambda a, b, rng: f"{{}}^{{{_number(rng)}}}_{{{_number(rng)}}}\\mathrm{{{a[:1].upper()}}}",
    lambda a, b, rng: f"$ {rng.choice(_PROGRAMS)} {a}",
    lambda a, b, rng: f"# {rng.choice(_PROGRAMS)} --{a} {_path(b, a, rng)}",
    lambda a, b, rng: f"{a} = {b}[{_number(rng)}];",
    lambda a, b, rng: f"{a}_{b} += {_number(rng)};",
    lambda a, b, rng: f"if ({a} == {_number(rng)}) {{",
    lambda a, b, rng: f"}} else {{ {a}({b}, {_number(rng)}); }}",
    lambda a, b, rng: f"def {a}_{b}(self, {b}):",
    lambda a, b, rng: f"for {a} in range({_number(rng)}):",
    lambda a, b, rng: f"return {a}.{b}[{_number(rng)}] * ({a} + 1)",
    lambda a, b, rng: f'print("{a}: %d\\n", {b});',
    lambda a, b, rng: f"#include <{a}.h>",
    lambda a, b, rng: f'<{a} {b}="{_number(rng)}">',
    lambda a, b, rng: f"<{a}>{b}</{a}>",
    lambda a, b, rng: f"{a.upper()}={_path(a, b, rng)}",
    lambda a, b, rng: f"{a}: {b} | {_number(rng)}",
    lambda a, b, rng: f"[{a}] {b} = ~/{a}",
    lambda a, b, rng: f'{{"{a}": {_number(rng)}, "{b}": [{_number(rng)}]}}',
    lambda a, b, rng: f"{a} ({b}) ||{{{_number(rng)}}} && !{a}",
    lambda a, b, rng: f"/* {a} {b} */",
    lambda a, b, rng: f"`{a}' ~{b}~ ^{_number(rng)} @{a}",
)  # fmt: skip
