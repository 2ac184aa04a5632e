"""The training of line sorters."""
