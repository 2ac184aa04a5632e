"""The training of line detectors."""
