"""The training of line recognizers."""
