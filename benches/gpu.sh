#!/usr/bin/env bash
# Everything that is to be known of a GPU, in one go: first that it computes what the CPU engine computes, then
# how fast. Logs go to one folder; a short table comes last.
#
#   benches/gpu.sh [BINARY] [FOLDER]
#
# BINARY is a `spikefront` that was built elsewhere, for machines without Rust; by default it is built
# here. FOLDER is $OUT if that is set, else runs/gpu. WORKLOADS may name a folder with w1.npz, w2.npz and w3.npz.
set -euo pipefail
cd "$(dirname "$0")/.."

binary=${1:-}
if [ -z "$binary" ]; then
    cargo build --release
    binary=target/release/spikefront
fi
out=${2:-${OUT:-runs/gpu}}
mkdir -p "$out"

log() { # log NAME COMMAND..: runs it, keeps what it says, and goes on if it fails, saying so
    local name=$1
    shift
    echo "== $*" | tee "$out/$name.txt"
    if "$@" >>"$out/$name.txt" 2>&1; then echo "ok" >>"$out/$name.txt"; else
        echo "FAILED: $name" | tee -a "$out/failures.txt"
    fi
}

: >"$out/failures.txt"
{ date -u; uname -sm; nvidia-smi --query-gpu=name,driver_version --format=csv,noheader 2>/dev/null || true; } >"$out/machine.txt"
log devices "$binary" devices

# Correctness first: every case, and the initial network of every task.
for case in tests/cases/*.json; do
    log "compare-$(basename "$case" .json)" "$binary" compare "$case"
done
for task in xor iris yin-yang digits; do
    log "compare-$task" "$binary" compare "$task" --samples 64 --out "$out/compare-$task.svg"
done
if [ -s "$out/failures.txt" ]; then
    echo "the GPU does not compute what the CPU computes; nothing is measured"
    cat "$out/failures.txt"
    exit 1
fi

log networks "$binary" bench networks --forward --batch 1,32,256,1024,4096
log networks-json "$binary" bench networks --forward --batch 1,32,1024 --json
for workload in w1 w2 w3; do
    file="${WORKLOADS:-workloads}/$workload.npz"
    if [ ! -f "$file" ]; then
        echo "skipped: no $file"
        continue
    fi
    for engine in cpu gpu; do
        log "$workload-$engine" "$binary" bench workload "$file" --engine "$engine" --repeats 20
    done
done
for engine in cpu gpu; do
    log "yin-yang-$engine" "$binary" train yin-yang --preset paper --epochs 5 --engine "$engine" --out "$out/yin-yang-$engine"
done

cat "$out/machine.txt"
sed -n '2,40p' "$out/networks.txt"
for engine in cpu gpu; do
    echo "yin-yang, batch 150, $engine: seconds of each epoch"
    sed -n 's/.*"seconds": *\([0-9.e-]*\).*/  \1/p' "$out/yin-yang-$engine/metrics.jsonl" || true
done
cat "$out/failures.txt"
