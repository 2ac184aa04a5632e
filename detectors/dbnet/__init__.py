"""DBNet: a line detector that is trained."""
