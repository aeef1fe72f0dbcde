"""Questions to the database in bounded memory: asked, asked once more with more room, then given up with a reason.

Every thread has readers, hash tables and sorts of its own, so a timeline that is settled is asked with one thread: the
least memory for a question, and one order for rows and values that a question leaves open. What does not fit although it
may use the disk is asked again with all the room a run may take; from then on the database keeps that room.
"""

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any, TypeVar

import duckdb
import pyarrow as pa

from m365timeline.schemas.failure import TooLittleMemoryError

MEMORY = "160MB"
MORE = "320MB"  # beside what Python and Arrow hold, within 512 MB
_ROWS = 2048  # handed out as objects at a time: they may be wide
_SHORT = "Out of Memory"  # how the database names it where Arrow passes the error on

Found = TypeVar("Found")


class Room:
    """The memory of one database, and how its questions are asked within it."""

    def __init__(self, database: duckdb.DuckDBPyConnection) -> None:
        self._database = database
        self._wide = False

    def settle(self) -> None:
        """From here on questions have one thread."""
        self._database.execute("SET threads = 1")

    def ask(self, work: Callable[[], Found]) -> Found:
        """What ``work`` returns, which leaves nothing behind if it fails. Raises TooLittleMemoryError."""
        while True:
            try:
                return work()
            except duckdb.OutOfMemoryException as error:
                self._widen(error)

    def rows(self, text: str) -> Iterator[dict[str, Any]]:
        """The rows of a question, a batch at a time; several may be asked at once. Raises TooLittleMemoryError.

        Asked again, the rows that were handed out are passed over: with one thread they come in the same order.
        """
        given = 0
        while True:
            try:
                for row in islice(self._stream(text), given, None):
                    given += 1
                    yield row
            except duckdb.OutOfMemoryException as error:
                self._widen(error)
            except (pa.ArrowException, OSError) as error:
                if _SHORT not in str(error):
                    raise
                self._widen(error)
            else:
                return

    def _stream(self, text: str) -> Iterator[dict[str, Any]]:
        with self._database.cursor() as cursor:
            cursor.execute("SET TimeZone = 'UTC'")
            for batch in cursor.sql(text).to_arrow_reader(_ROWS):
                names = batch.schema.names
                for values in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                    yield dict(zip(names, values, strict=True))

    def _widen(self, error: Exception) -> None:
        if self._wide:
            raise TooLittleMemoryError(MORE.replace("MB", " MB")) from error
        self._wide = True
        self._database.execute("SET threads = 1")
        self._database.execute(f"SET memory_limit = '{MORE}'")


class Question:
    """A question that is worked out when its answer is fetched."""

    def __init__(self, room: Room, relation: Any) -> None:
        self._room = room
        self._relation = relation

    def fetchall(self) -> list[tuple[Any, ...]]:
        """The rows. Raises TooLittleMemoryError."""
        return self._room.ask(lambda: list(self._relation.fetchall()))

    def to_arrow_table(self) -> Any:
        """The rows as an Arrow table. Raises TooLittleMemoryError."""
        return self._room.ask(self._relation.to_arrow_table)
