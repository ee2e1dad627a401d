"""Staff and their sessions, what they may do, customers' links, one-time codes, idempotency keys."""
