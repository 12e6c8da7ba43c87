"""The settings in groups, a class each; `entrypoints.settings` joins them."""
