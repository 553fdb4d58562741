"""How good the answers are, and the pages that people read. Knows no torch."""
