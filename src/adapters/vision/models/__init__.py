"""Models by name: network, weights, labels and preprocessing recipe."""
