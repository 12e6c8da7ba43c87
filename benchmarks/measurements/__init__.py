"""What can be measured: a file for each."""
