"""How fast the system is, beside pgbench on the same database in the same minutes. Ratios travel between machines.

`make bench` prints tables; `python -m bench --write` puts them into docs/performance.md. It asserts nothing.
"""
