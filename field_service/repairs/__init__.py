"""Repair orders: what happens to a unit on the bench."""
