"""Returns: who may give back what, by which rule, and what becomes of it."""
