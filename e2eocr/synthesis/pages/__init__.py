"""Synthetic pages with their truth: what a text detector is trained and measured on."""
