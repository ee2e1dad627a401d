"""Signed webhooks out: other systems hear what happens, in order, once it has happened, without personal data."""
