"""The network and the folder it is kept in. What reads a checkpoint or decodes logits imports no torch."""
