"""A line detector that needs no training."""
