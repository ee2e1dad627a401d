"""What people do with visits: planning them at the desk, carrying them out on the road."""
