"""Training data: labelled lines, text to render, fonts, synthesis and degradation."""
