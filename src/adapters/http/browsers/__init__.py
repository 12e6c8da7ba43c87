"""What a page of another site may do to this service through its visitor's browser: nothing, unless it is allowed."""
