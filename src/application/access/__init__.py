"""Make, list, revoke, exchange and check API keys."""
