"""From a line's text to its script group."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from recognizers.base import ScriptGroup
from recognizers.charset import script_counts

MAX_PLAIN_LETTERS = 12


class GroupLabels:
    """Tells the script group of a text, as a number among some groups.

    Letters that are found everywhere make no other group: a line with one Chinese character amid English words is
    Chinese, since the recognizer of Chinese knows English words and that of English no Chinese. A line of nothing but
    digits, signs and a word or two in plain letters is of the group that is found everywhere; running text in such
    letters is of the group that has them among others, whose recognizer reads them best.
    """

    def __init__(self, groups: Sequence[ScriptGroup]) -> None:
        """Take the groups, of which one is `everywhere`."""
        [self._plain] = (number for number, group in enumerate(groups) if group.everywhere)
        self._shared = set(groups[self._plain].scripts)
        self._of = {
            script: number for number, group in enumerate(groups) if number != self._plain for script in group.scripts
        }

    def group_of(self, text: str) -> int | None:
        """The number of a text's group; None where it has letters, but of none of the groups."""
        counts = script_counts(text)
        own: Counter[int] = Counter()
        for script, count in counts.items():
            if script not in self._shared and script in self._of:
                own[self._of[script]] += count
        if own:
            return own.most_common(1)[0][0]
        if any(script not in self._shared for script in counts):
            return None
        shared = sum(counts.values())
        if shared <= MAX_PLAIN_LETTERS and not any(each.isalpha() and not each.isascii() for each in text):
            return self._plain
        return next(self._of.get(script, self._plain) for script in counts)

    def is_pure(self, text: str) -> bool:
        """Whether every piece of a line is of the line's group: it has letters and digits of that group alone."""
        counts = script_counts(text)
        groups = {self._of.get(script) for script in counts}
        return not self._shared & {*counts} and len(groups) == 1 and not any(c.isascii() and c.isalnum() for c in text)
