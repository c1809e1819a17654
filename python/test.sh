#!/usr/bin/env bash
# Builds the wheel, installs it into a fresh environment and runs the tests of python/tests there.
#
#     python/test.sh [--torch] [--jax]
#
# Without options numpy is all that is installed, and the tests of torch, JAX and matplotlib say that they are skipped. With
# --torch or --jax those packages are installed, too (gigabytes), with matplotlib, and their tests run.
set -euo pipefail
cd "$(dirname "$0")/.."

more=()
for option in "$@"; do
    case $option in
        --torch) more+=(torch) ;;
        --jax) more+=(jax) ;;
        *) sed -n '2,7s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
    esac
done
[ ${#more[@]} -eq 0 ] || more+=(matplotlib)

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/environment"
bin=$folder/environment/bin
"$bin/pip" install --quiet --disable-pip-version-check "maturin>=1.9,<2" numpy pytest mypy "${more[@]}"
CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-target} "$bin/maturin" build --release --manifest-path python/Cargo.toml --out "$folder/wheels"
"$bin/pip" install --quiet --disable-pip-version-check "$folder"/wheels/*.whl

bytes=$(stat -c %s "$folder"/wheels/*.whl)
echo "the wheel has $((bytes / 1024)) KiB"
[ "$bytes" -lt 15000000 ] || { echo "that is more than 15 MB" >&2; exit 1; }

"$bin/pytest" -c python/pyproject.toml --rootdir python -rs python/tests
