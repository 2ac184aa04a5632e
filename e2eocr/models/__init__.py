"""Model bundles: load, save, list, and what runs them."""
