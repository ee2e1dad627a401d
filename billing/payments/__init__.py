"""What has been paid, and how."""
