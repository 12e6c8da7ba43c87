"""Image stores: local folder and object store."""
