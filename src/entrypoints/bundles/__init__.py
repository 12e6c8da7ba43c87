"""Adapters that the settings choose: messaging, image store and model."""
