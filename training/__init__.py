"""From labelled sentences to a complete model folder."""
