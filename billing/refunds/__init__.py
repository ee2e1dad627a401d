"""What is paid back, and under which reference."""
