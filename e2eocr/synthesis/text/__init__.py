"""Text to render."""
