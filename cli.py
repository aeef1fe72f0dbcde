"""The command line: arguments in, exit code out."""


def main() -> None:
    """Entry point (filled in next)."""
