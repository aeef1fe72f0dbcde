#!/usr/bin/env bash
# Build the kit of this system and Python, install it where there is no network, and see a changed byte refused.
# Usage: tools/check_kit.sh PYTHON (a Python with the dependency group kit).
set -euo pipefail
python=$(readlink -f "$(dirname "$1")")/$(basename "$1")
root=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
minor=$("$python" -c 'import sys; print(f"3.{sys.version_info.minor}")')
for out in first again; do
  "$python" "$root/tools/build_kit.py" --out "$work/$out" --system linux-x64 --python "$minor"
done
cmp "$work"/first/*.zip "$work"/again/*.zip
echo "two builds of one commit: the same bytes"

alone=""
if unshare -rn true 2>/dev/null; then alone="unshare -rn"; else echo "no network namespace here: the installation below is not proven to be offline"; fi
kit=$(echo "$work"/first/*-linux-x64)
export PYTHON=python$minor
command -v "$PYTHON" >/dev/null || PYTHON=$python
$alone "$kit/install.sh" "$work/installed"

wheel=$(ls "$kit"/wheels/click-*.whl)
printf 'x' | dd of="$wheel" bs=1 seek=2000 conv=notrunc status=none
if $alone "$kit/install.sh" "$work/refused"; then echo "a changed wheel was installed" >&2; exit 1; fi
# pip refuses it too, without the list of hashes:
"$PYTHON" -m venv "$work/refused"
if $alone "$work/refused/bin/python" -m pip install -q --no-index --find-links "$kit/wheels" --require-hashes -r "$kit/requirements.txt" 2>"$work/told"; then
  echo "pip installed a changed wheel" >&2; exit 1
fi
grep -q "DO NOT MATCH THE HASHES" "$work/told"
echo "one changed byte in a wheel: refused"
