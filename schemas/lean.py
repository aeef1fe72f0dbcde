"""Processes of our own that do not load what they never use."""

import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from types import ModuleType


class _WithoutPandas(MetaPathFinder):
    """Finds no pandas, though it may be installed."""

    def find_spec(self, fullname: str, _path: Sequence[str] | None, _target: ModuleType | None = None, /) -> None:
        if fullname == "pandas":
            raise ModuleNotFoundError("pandas is left out of this process", name=fullname)


def leave_out_pandas() -> None:
    """Let ``import pandas`` fail in this process, unless somebody has it loaded already.

    Arrow loads pandas, where it is installed, with the first array made, to see whether it was handed a Series: a third
    of a second of every process. Only for processes that are wholly ours: the command line and its workers.
    """
    sys.meta_path.insert(0, _WithoutPandas())
