"""Training for minutes on a lent machine: what is due first, drawn and trained at once."""
