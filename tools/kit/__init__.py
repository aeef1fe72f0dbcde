"""Parts of ``tools/build_kit.py``: what a kit holds, and how two builds of one commit come to the same bytes."""
