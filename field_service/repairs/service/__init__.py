"""What people do with repair orders: intake and findings, money, the bench, and the other ways a repair may end."""
