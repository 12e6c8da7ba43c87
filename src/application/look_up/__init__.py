"""Read predictions, pictures, the queue and the health of the service."""
