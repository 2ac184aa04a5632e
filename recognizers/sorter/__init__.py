"""The line sorter: what script group a line is of, and whether it stands upside down."""
