"""Documents and lines whose text is known, and how right a reading of them is."""
