"""Households and organisations, the people in them, their phones and addresses. Company-wide, never a branch's own."""
