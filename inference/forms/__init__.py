"""The forms in which results are written: one module for each, and what they share."""
