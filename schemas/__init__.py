"""What the stages hand to each other: events, records, issues, reports."""
