"""What a repair will cost, and the customer's answer."""
