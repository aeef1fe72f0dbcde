"""What keeps large runs fast and small."""

import subprocess
import sys

from exports import audit_data, purview_csv


def test_a_conversion_loads_no_pandas(tmp_path):
    (tmp_path / "a.csv").write_bytes(purview_csv([audit_data(n) for n in range(1, 9)]))
    code = (
        "import sys, atexit; from m365timeline.cli import main; atexit.register(lambda: print('pandas' in sys.modules)); "
        "sys.argv = ['m365timeline', 'convert', 'a.csv', '--quiet', '-o', 'a.xlsx', '-o', 'a.parquet', '-o', 'a.csv.csv']; main()"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
