"""Encoded picture to the square of pixels that a model takes: decode, resample, crop."""
