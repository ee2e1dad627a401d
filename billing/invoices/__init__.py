"""What is owed for finished work."""
