"""Commands of the HTTP client. They need neither the code of the service nor its model."""
