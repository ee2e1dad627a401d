"""Immutable published versions of what we hold ourselves to: warranty terms, returns, later targets and fees."""
