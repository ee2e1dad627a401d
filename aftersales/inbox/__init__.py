"""What people write to us, and what becomes of it: a place on the case, an answer, a task, a draft work order."""
