"""Settings: frozen dataclasses, checked once when they are made, and their way in from TOML.

A field made by `option` says all that there is to say of it: its default, what help tells of it, which values it takes
and whether they change what is read. The options of the command line, the checks and the fingerprint are made of that.
"""

from e2eocr.settings.mapping import load_toml, resolve_paths, settings_from_mapping
from e2eocr.settings.options import Option, check_choice, check_options, option, options_of
from e2eocr.settings.reading import (
    BACKENDS,
    DEFAULT_MAX_PIXELS,
    KERAS,
    LITERT,
    LITERT_INT8,
    ONNX,
    PDF_ENGINES,
    TENSORFLOW,
    ReadSettings,
    choose_pages,
)

__all__ = [
    "BACKENDS",
    "DEFAULT_MAX_PIXELS",
    "KERAS",
    "LITERT",
    "LITERT_INT8",
    "ONNX",
    "PDF_ENGINES",
    "TENSORFLOW",
    "Option",
    "ReadSettings",
    "check_choice",
    "check_options",
    "choose_pages",
    "load_toml",
    "option",
    "options_of",
    "resolve_paths",
    "settings_from_mapping",
]
