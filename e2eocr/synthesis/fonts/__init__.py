"""Faces to render text in."""
