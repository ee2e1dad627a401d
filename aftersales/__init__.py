"""Aftersales: warranties, returns, doorstep service and repair billing around one timeline."""
