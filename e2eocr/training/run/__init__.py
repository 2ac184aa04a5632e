"""A training run in its folder: steps, measuring, checkpoints, what is told of it."""
