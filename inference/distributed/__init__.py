"""Classification on a Ray cluster: parts of tables in, parts of results out, each done once."""
