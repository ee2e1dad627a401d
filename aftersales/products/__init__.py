"""The catalogue, and the units that customers own with their typed, dated identifiers."""
