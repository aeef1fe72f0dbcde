"""What the fuzz targets share. Atheris is not a dependency of the project: ``pip install atheris`` (Linux, macOS).

    python tools/fuzz_csv.py -max_total_time=60 [CORPUS FOLDER]

``python tests/bad_inputs.py FOLDER`` writes a corpus to begin with. An input that breaks a law is written to the working
folder as ``crash-…``; it belongs into tests/bad_*.py with its outcome.
"""

import sys
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))


def fuzz(one_input: Callable[[bytes], None], *modules: str) -> None:
    """Instrument the modules under test and run for as long as the command line says."""
    import importlib

    import atheris  # type: ignore[import-not-found]

    with atheris.instrument_imports(include=["m365timeline"]):
        for name in modules:
            importlib.import_module(name)
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()
