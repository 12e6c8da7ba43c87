"""Cancel, retry and delete a prediction."""
