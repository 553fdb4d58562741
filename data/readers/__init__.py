"""From one file to its releases: what the file is, its characters, and one reader for each kind."""
