"""The embedded store: segments of events, duplicates, order, scope."""
