"""What developers run beside the product: generated documentation, pictures."""
