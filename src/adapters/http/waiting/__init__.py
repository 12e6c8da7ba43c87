"""Wait for results: long polling, server-sent events and batched database reads."""
