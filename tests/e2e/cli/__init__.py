"""The command line beside the running service."""
