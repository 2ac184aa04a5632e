"""Recognizers whose Transformer sees a line in patches and writes it a character at a time."""
