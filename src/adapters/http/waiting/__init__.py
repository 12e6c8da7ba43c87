"""ResultWaiters for results: long polling, server-sent events and shared database reads."""
