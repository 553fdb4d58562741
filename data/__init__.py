"""What comes in: codebook, labelled records, releases and their sentences, splits. Knows no torch."""
