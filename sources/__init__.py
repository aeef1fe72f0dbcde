"""Finding, opening read-only, hashing, unpacking and decoding what the user names as input."""
