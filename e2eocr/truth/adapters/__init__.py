"""Data sets of others, read into documents and lines of known text. `ADAPTERS` knows all formats by name.

An adapter's module is loaded when its format is first asked for.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from e2eocr.truth.adapters.base import ReadDataSet


@dataclass(frozen=True, slots=True)
class Adapter:
    """A format of data sets.

    Attributes:
        module: The module of `e2eocr.truth.adapters`, or the full name of one elsewhere.
        about: What it is, in a few words.
        read: The function of the module that is the adapter.
    """

    module: str
    about: str
    read: str = "read"

    def load(self) -> ReadDataSet:
        """The function that reads such a data set."""
        name = self.module if "." in self.module else f"{__name__}.{self.module}"
        adapter: ReadDataSet = getattr(importlib.import_module(name), self.read)
        return adapter


ADAPTERS = {
    "iam": Adapter("iam", "lines of the IAM Handwriting Database: lines.txt, or the xml of its forms, and lines/"),
    "iam-words": Adapter("iam", "its words: words.txt and words/", "read_words"),
    "iam-forms": Adapter("iam", "its forms: xml/ and the pictures of whole forms", "read_forms"),
    "mnist": Adapter("mnist", "digits of MNIST and its kin: *-images-idx3-ubyte, gzip or not"),
    "mnist-strings": Adapter("mnist", "the same, put together to strings of up to ten digits", "read_strings"),
    "labelme": Adapter("labelme", "Labelme: a JSON for each picture, polygons and rectangles"),
    "voc": Adapter("labelimg", "LabelImg, Pascal VOC: an XML for each picture; a class is a text", "read_voc"),
    "yolo": Adapter("labelimg", "LabelImg, YOLO: a .txt for each picture; classes.txt has the texts", "read_yolo"),
    "annotations": Adapter("annotations", 'a JSON of {"annotations": [{"filename", "text", "bbox"}]}'),
    "paddle": Adapter("paddle", "PaddleOCR, pages: Label.txt, a picture and its places in each row"),
    "paddle-lines": Adapter("paddle", "PaddleOCR, lines that are cut: rec_gt.txt", "read_lines"),
    "icdar": Adapter("icdar", "ICDAR 2013 to 2019: gt_*.txt, or a .txt beside each picture"),
    "alto": Adapter("alto", "ALTO XML, any version"),
    "page": Adapter("page_xml", "PAGE XML, any version: Transkribus, eScriptorium, OCR-D"),
    "tesstrain": Adapter("tesstrain", "tesstrain and kraken: *.gt.txt beside pictures of lines"),
    "cocotext": Adapter("cocotext", "COCO-Text: one JSON, on pictures of MS COCO"),
}
