"""Visits to the customer and repairs on the bench."""
