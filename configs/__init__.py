"""Everything that a user may want to copy and change: codebooks and training configurations, as YAML."""
