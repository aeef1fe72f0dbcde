"""Run the command line with ``python -m m365timeline``."""

from m365timeline.cli import main

if __name__ == "__main__":
    main()
