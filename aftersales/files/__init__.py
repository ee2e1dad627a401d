"""Photos and PDFs: checked, re-encoded, named by their content, on disk before the commit."""
