"""Security for what a customer has before they have given something for it."""
