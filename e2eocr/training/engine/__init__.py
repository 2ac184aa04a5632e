"""What makes a training step: PyTorch by our own loop, or any backend by Keras'."""
