"""A local database of networks that the user supplies: which country and which owner an address belongs to."""

import msgspec


class NetworkFile(msgspec.Struct, frozen=True, kw_only=True):
    """One database file. ``kind`` and ``built`` (a UTC day) are what the file says of itself."""

    path: str
    name: str
    sha256: str
    kind: str
    built: str

    def in_words(self) -> str:
        """A sentence for the decisions of a source."""
        return f"Country and owner of a network, where the log names none: from {self.name} ({self.kind}, built {self.built}, SHA-256 {self.sha256})."
