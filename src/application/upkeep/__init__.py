"""Background work: publish, recover, expire, confirm and deliver webhooks."""
