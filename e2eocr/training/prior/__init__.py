"""The making of character priors."""
