"""One module per export format: is this file mine, and what records are in it."""
