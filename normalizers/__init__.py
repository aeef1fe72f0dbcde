"""What each kind of record means: from a Record to one or more Events."""
