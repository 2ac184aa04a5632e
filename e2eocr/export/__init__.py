"""From a training run to what reads: bundles, and the formats of TensorFlow."""
