"""Events for pandas: the Parquet output of a conversion as a DataFrame, every field with its type.

Evidence itself is never read with pandas: it pads short rows, turns names into NaN and long numbers into floats. What comes
here was read and accounted for already. pandas is an extra (``pip install m365timeline[pandas]``); nothing else needs it.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow.parquet as pq

if TYPE_CHECKING:
    import pandas as pd


class PandasMissingError(ImportError):
    """pandas is not installed; the message says how to get it."""


def read_events(path: str | Path, columns: Sequence[str] | None = None) -> "pd.DataFrame":
    """Read the events of a ``.parquet`` output, or only some fields of them (see ``m365timeline schema``), in timeline order.

    What the log does not say is ``pd.NA`` in every column (never NaN, never ""); times are UTC with microseconds, counts
    whole numbers. Raises PandasMissingError, and OSError if the file cannot be read.
    """
    try:
        import pandas as pd
    except ImportError as error:
        raise PandasMissingError(
            "pandas is not installed. It is an extra: pip install 'm365timeline[pandas]' (on an offline kit: install.sh installs it)."
        ) from error
    import pyarrow as pa

    kinds = {pa.string(): pd.StringDtype("pyarrow"), pa.int64(): pd.Int64Dtype(), pa.bool_(): pd.BooleanDtype()}
    table = pq.read_table(path, columns=None if columns is None else list(columns))
    frame: pd.DataFrame = table.to_pandas(types_mapper=kinds.get)
    return frame
