"""Questions modules ask each other and orders they give, without importing each other.

A port writes in the caller's session, returns a pending id, and never does HTTP; the outcome arrives as an event.
Each port has an honest null answer, so that any subset of modules boots.
"""
