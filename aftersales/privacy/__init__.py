"""Handing out and letting go of what is stored about a person."""
