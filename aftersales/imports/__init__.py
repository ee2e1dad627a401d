"""Taking in files of other systems: reading them as they are, and saying of every row what became of it."""
