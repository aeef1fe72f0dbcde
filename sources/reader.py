"""Reading a source, or a part of it, as decoded text whose every character can be traced to its bytes."""

import codecs
import hashlib
import zlib
from collections.abc import Iterator

from m365timeline.schemas.source import Encoding, Source, Window

WINDOW = 4 << 20


class SourceReader:
    """The bytes from ``start`` to ``stop`` of one source as windows of text; counts and hashes what it reads."""

    def __init__(self, source: Source, encoding: Encoding, start: int = 0, stop: int | None = None) -> None:
        self.source = source
        self.encoding = encoding
        self.start = start
        self.stop = source.size if stop is None else stop
        self.starts = start == 0
        self.ends = self.stop >= source.size
        self.lines = 0
        self._digest = hashlib.sha256() if self.starts and self.ends else None  # a part is told by its CRC-32 alone
        self.crc = 0  # CRC-32 of the bytes read so far

    def windows(self, size: int = WINDOW) -> Iterator[Window]:
        """Yield the text in order. Windows end anywhere between two characters, not at record ends."""
        decoder = codecs.getincrementaldecoder(self.encoding.codec)(self.encoding.errors)
        with self.source.open() as stream:
            stream.seek(self.start)
            if self.start == 0:
                self._hash(stream.read(self.encoding.bom))
            position = offset = max(self.start, self.encoding.bom)
            while True:
                block = stream.read(min(size, self.stop - position))
                self._hash(block)
                position += len(block)
                last = position >= self.stop or not block
                text = decoder.decode(block) if not last else self._finish(decoder, block)
                self.lines += text.count("\n")
                yield Window(text, offset, last)
                if last:
                    return
                offset = position - len(decoder.getstate()[0])

    def _hash(self, block: bytes) -> None:
        if self._digest is not None:
            self._digest.update(block)
        self.crc = zlib.crc32(block, self.crc)

    def _finish(self, decoder: codecs.IncrementalDecoder, block: bytes) -> str:
        """Decode the end; an odd last byte of UTF-16 is no character and is left out (the byte ranges show it)."""
        pending = len(decoder.getstate()[0])
        if self.encoding.wide and (pending + len(block)) % 2:
            block = block[:-1]
        return decoder.decode(block, final=True)

    def sha256(self) -> str:
        """Hash of the bytes read so far: equal to the first pass's if the whole source was read unchanged. ``""`` of a part."""
        return "" if self._digest is None else self._digest.hexdigest()
