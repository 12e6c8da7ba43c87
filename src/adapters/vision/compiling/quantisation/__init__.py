"""Models in 8 bits: where their activations lie, what a step of their weights is, and the rewritten graph."""
