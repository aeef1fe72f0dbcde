"""writers/xlsx."""
