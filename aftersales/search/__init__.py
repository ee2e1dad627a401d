"""One table of keys: numbers, phones, identifiers, and names in every script. Erased with the person."""
