"""What a customer has as credit with us."""
