"""The commands, by what they are about. What one needs is imported when it runs: help is there at once."""
