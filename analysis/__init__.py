"""Questions asked of a case. Each module says its method and what the logs cannot show."""
