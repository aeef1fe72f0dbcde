"""The zip file a workbook is: written in one pass, deflated in a second thread, with no clock in it.

The standard zipfile module asks for ZIP64 from 2 GiB on, at which Excel offers a repair; here a member may have 4 GiB.
"""

import struct
import zlib
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, BinaryIO

LARGEST = 0xFFFF_FFFF  # bytes of a member before and after deflating, and of an offset outside ZIP64
_IN_EXTRA = 0xFFFF_FFFF

# Deflating runs beside the building of rows. At level 2 it keeps pace with it and costs no time; level 1 is no faster and
# gives a file 8 % larger; level 6 gives one a fifth smaller, but the workbook takes more than three times as long.
_LEVEL_STREAMED = 2
_LEVEL_SMALL = 6
_WAITING = 4  # blocks that may wait for the second thread: bounds memory
_DATE = 0x0021  # 1980-01-01, the first day a zip file knows


class Container:
    """Members are written one after the other: small ones with ``add``, a long one with ``begin``, ``append``, ``end``.

    Raises OSError, from whichever call comes after the write that failed.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._entries: dict[str, bytes] = {}
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="deflate")
        self._pending: deque[Future[None]] = deque()
        self._offset = stream.tell()

    @property
    def names(self) -> frozenset[str]:
        """The members written."""
        return frozenset(self._entries)

    def add(self, name: str, data: bytes) -> None:
        """Write a whole member."""
        self.begin(name, _LEVEL_SMALL)
        self.append(data)
        self.end()

    def begin(self, name: str, level: int = _LEVEL_STREAMED) -> None:
        """Begin a member."""
        self._name = name.encode("ascii")
        self._offset = self._stream.tell()
        self._deflater = zlib.compressobj(level, zlib.DEFLATED, -15)
        self._crc = self.size = self._packed = 0
        self._stream.write(self._header())

    def append(self, data: Any) -> None:
        """Append bytes, or anything that lends its buffer, to the member begun; returns before they are deflated."""
        self.size += len(data) if isinstance(data, bytes) else data.size
        self._pending.append(self._thread.submit(self._deflate, data))
        if len(self._pending) > _WAITING:
            self._pending.popleft().result()

    def end(self) -> None:
        """Finish the member begun: its sizes are known now."""
        while self._pending:
            self._pending.popleft().result()
        self._put(self._deflater.flush())
        if max(self.size, self._packed) > LARGEST:
            raise ValueError(f"{self._name.decode()} has {self.size} bytes; a member may have {LARGEST}")
        after = self._stream.tell()
        self._stream.seek(self._offset)
        self._stream.write(self._header())
        self._stream.seek(after)
        self._entries[self._name.decode()] = self._entry()

    def close(self) -> None:
        """Write the directory. The stream stays open."""
        self._thread.shutdown()
        start, directory = self._stream.tell(), b"".join(self._entries.values())
        self._stream.write(directory)
        count = len(self._entries)
        if start > LARGEST:
            end = self._stream.tell()
            self._stream.write(
                struct.pack("<4sQHHIIQQQQ", b"PK\6\6", 44, 45, 45, 0, 0, count, count, len(directory), start)
            )
            self._stream.write(struct.pack("<4sIQI", b"PK\6\7", 0, end, 1))
        self._stream.write(
            struct.pack(
                "<4sHHHHIIH", b"PK\5\6", 0, 0, count, count, len(directory), _IN_EXTRA if start > LARGEST else start, 0
            )
        )

    def _deflate(self, data: Any) -> None:
        self._crc = zlib.crc32(data, self._crc)
        self._put(self._deflater.compress(data))

    def _put(self, packed: bytes) -> None:
        self._packed += len(packed)
        self._stream.write(packed)

    def _fields(self) -> bytes:
        return struct.pack("<HHHHIII", 0, zlib.DEFLATED, 0, _DATE, self._crc, self._packed, self.size)

    def _header(self) -> bytes:
        return struct.pack("<4sH", b"PK\3\4", 20) + self._fields() + struct.pack("<HH", len(self._name), 0) + self._name

    def _entry(self) -> bytes:
        far = self._offset > LARGEST
        extra = struct.pack("<HHQ", 1, 8, self._offset) if far else b""
        needed = 45 if far else 20
        return (
            struct.pack("<4sHH", b"PK\1\2", needed, needed)
            + self._fields()
            + struct.pack("<HHHHHII", len(self._name), len(extra), 0, 0, 0, 0, _IN_EXTRA if far else self._offset)
            + self._name
            + extra
        )
