"""The figures of a comparison: how several tellings of the same events differ. Pure, from results of classify."""
