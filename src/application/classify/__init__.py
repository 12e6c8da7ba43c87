"""Classify the pictures that the queue delivers."""
