#!/usr/bin/env bash
# Builds the wheel, installs it into a fresh environment and runs the tests of python/tests there.
#
#     python/test.sh [--torch] [--jax]
#
# Without options numpy, matplotlib and what runs notebooks are installed, and in the end Brian2 for what asks for it (with the numpy that it
# can do with, so not before); other tests say that they are skipped. With --torch or --jax those packages are installed, too
# (gigabytes), with snnTorch and Norse beside torch, and their tests and notebooks run; the exit code is 75 where they cannot be
# installed.
set -euo pipefail
cd "$(dirname "$0")/.."

more=()
for option in "$@"; do
    case $option in
        --torch) more+=(torch nir snntorch norse) ;;
        --jax) more+=(jax) ;;
        *) sed -n '2,9s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
    esac
done

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/environment"
bin=$folder/environment/bin
install() { "$bin/pip" install --quiet --disable-pip-version-check "$@"; }
tests() { "$bin/pytest" -c python/pyproject.toml --rootdir python -rs "$@"; }
install "maturin>=1.9,<2" numpy pytest mypy matplotlib tqdm nbclient ipykernel
if [ ${#more[@]} -gt 0 ]; then
    # Not for ever: what they take may be more than a connection or a disk has.
    timeout 900 "$bin/pip" install --quiet --disable-pip-version-check "${more[@]}" || { echo "${more[*]}: cannot be installed here" >&2; exit 75; }
fi
CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-target} "$bin/maturin" build --release --manifest-path python/Cargo.toml --out "$folder/wheels"
install "$folder"/wheels/*.whl

bytes=$(stat -c %s "$folder"/wheels/*.whl)
echo "the wheel has $((bytes / 1024)) KiB"
[ "$bytes" -lt 15000000 ] || { echo "that is more than 15 MB" >&2; exit 1; }

tests python/tests
install brian2 "numpy<2.4"
tests python/tests/test_notebooks.py python/tests/test_coming_from.py -k "another_simulator or brian"
