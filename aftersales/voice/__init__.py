"""Calls: an update spoken in the customer's language, answered by keys; callers; who waits to be called back."""
