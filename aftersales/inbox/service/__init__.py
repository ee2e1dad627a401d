"""What becomes of a message: `intake` finds where it belongs, `answers` the words, `drafts` and `tasks` the rest."""
