"""Visits: pickup, drop, repair, inspection and installation at the customer's address."""
