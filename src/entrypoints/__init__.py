"""The processes: one file each, and the only place that knows every adapter."""
