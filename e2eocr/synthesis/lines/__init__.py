"""Drawn lines."""
