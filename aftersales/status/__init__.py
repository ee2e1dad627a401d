"""Documents, streams and the timeline. `engine.post` is the only way a status changes."""
