"""Recognizers that are trained by CTC: what runs, decodes and calibrates them."""
