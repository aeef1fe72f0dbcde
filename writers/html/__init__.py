"""The story of a focus as one HTML file that needs nothing else: no network, no other file, no script from anywhere."""
