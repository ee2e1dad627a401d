"""How fast the system is, beside pgbench on the same database in the same minutes. Ratios travel between machines.

`make bench`. It prints; it asserts nothing.
"""
