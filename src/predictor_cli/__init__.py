"""Commands that only speak HTTP; they need neither the service nor its model."""
