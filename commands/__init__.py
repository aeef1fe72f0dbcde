"""The commands of the command line, one module a theme: arguments in, exit code out. ``cli.py`` joins them."""
