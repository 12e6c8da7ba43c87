"""The rules of the house: predictions, pictures and labels. Standard library only."""
