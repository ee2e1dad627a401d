"""Money: estimates, invoices and payments."""
