"""What is done about what brands and suppliers owe us."""
