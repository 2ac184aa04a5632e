"""What a training sees, and in what order: a pure function of its seed."""
