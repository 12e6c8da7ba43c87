"""Quantisation to int8: ranges of activations, scales of weights and the rewritten graph."""
