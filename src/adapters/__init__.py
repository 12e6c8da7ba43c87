"""Technology behind the ports, one folder each; they do not import each other."""
