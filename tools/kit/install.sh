#!/bin/sh
# Install m365timeline from this kit: no network, no rights, nothing outside one folder.
#   ./install.sh            into m365timeline-venv beside the kit
#   ./install.sh FOLDER     into FOLDER
# PYTHON=python3.12 ./install.sh takes another Python (3.11 to 3.14).
set -eu
kit=$(cd "$(dirname "$0")" && pwd)
target=${1:-"$(dirname "$kit")/m365timeline-venv"}
python=${PYTHON:-python3}
PYTHONDONTWRITEBYTECODE=1
export PYTHONDONTWRITEBYTECODE

"$python" "$kit/verify_kit.py"
if [ -e "$target" ]; then
  echo "$target exists. Remove it, or name another folder: ./install.sh FOLDER" >&2
  exit 2
fi
"$python" -m venv "$target" || {
  rm -rf "$target"
  echo "Python could not make a virtual environment. Debian and Ubuntu: the package python3-venv is missing." >&2
  exit 4
}
"$target/bin/python" -m pip install -q --disable-pip-version-check --no-cache-dir --no-index --find-links "$kit/wheels" \
  --require-hashes -r "$kit/requirements.txt" || { rm -rf "$target"; echo "Nothing was installed." >&2; exit 4; }
"$target/bin/m365timeline" selftest
echo "Installed: $target/bin/m365timeline"
