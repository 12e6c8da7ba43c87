"""What the use cases need from the world, one file a port, in the domain's words."""
