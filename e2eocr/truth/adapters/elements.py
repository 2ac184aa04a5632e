"""XML elements by their local names: formats come in many versions, each with a namespace of its own."""

from __future__ import annotations

from xml.etree.ElementTree import Element


def local_name(element: Element) -> str:
    """The name of an element without its namespace."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def children(element: Element, *names: str) -> list[Element]:
    """The children of these names, in order."""
    return [child for child in element if local_name(child) in names]


def descendants(element: Element, *names: str) -> list[Element]:
    """The elements of these names anywhere below, in order."""
    return [each for each in element.iter() if local_name(each) in names]


def first(element: Element, *path: str) -> Element | None:
    """The first element down a path of names; None without one."""
    found: Element | None = element
    for name in path:
        found = next(iter(children(found, name)), None) if found is not None else None
    return found
