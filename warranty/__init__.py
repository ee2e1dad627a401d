"""Warranty: what a unit is entitled to, why, and how a claim is decided."""
