"""The Python client, in front of a service that answers by a script."""
