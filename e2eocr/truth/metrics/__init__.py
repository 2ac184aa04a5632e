"""How right a reading is: character and word error rates, words found, and lines found.

Every measure comes as counts that add up, so that figures over many documents are micro-averages: the errors
of all documents over the characters of all documents, not the mean of their rates.
"""

from e2eocr.truth.metrics.finding import DetectionScore, match_detections
from e2eocr.truth.metrics.text import (
    DEFAULT_FOLDING,
    ErrorCount,
    ScriptCount,
    TextFolding,
    WordCount,
    character_errors,
    script_count,
    word_count,
    word_errors,
)

__all__ = [
    "DEFAULT_FOLDING",
    "DetectionScore",
    "ErrorCount",
    "ScriptCount",
    "TextFolding",
    "WordCount",
    "character_errors",
    "match_detections",
    "script_count",
    "word_count",
    "word_errors",
]
