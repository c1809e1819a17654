#!/usr/bin/env bash
# Everything that is to be known of a GPU, in one go: first that it computes what the CPU engine computes, then
# how fast. Logs go to one folder; a short table comes last. Exits with 1 if anything failed.
#
#   benches/gpu.sh [--smoke] [BINARY] [FOLDER]
#
# BINARY is a `spikefront` that was built elsewhere, for machines without Rust; by default it is built
# here. FOLDER is $OUT if that is set, else runs/gpu. WORKLOADS may name a folder with w1.npz, w2.npz and w3.npz, and
# GRADIENT the example large_gradient that was built beside BINARY.
# --smoke takes the smallest of everything, and no forward propagation of networks, to try the script itself
# on a software driver: its figures mean nothing.
set -euo pipefail

compared=64 networks=(--forward) batches=1,32,256,1024,4096 json_batches=1,32,1024
repeats=20 task=yin-yang preset=paper epochs=5
scales=0.25,1,4,16,64 column=(--duration 1000 --from 200) long_run=(10 100)
if [ "${1:-}" = --smoke ]; then
    shift
    compared=2 networks=(--network feed-forward,recurrent-128 --repeats 1) batches=1,2 json_batches=1
    repeats=1 task=xor preset=default epochs=1
    scales=0.05 column=(--scale 0.01 --duration 10) long_run=(0.1 50)
fi

absolute() { # absolute PATH: as seen from where the caller is
    case "$1" in "" | /*) echo "$1" ;; *) echo "$PWD/$1" ;; esac
}
binary=$(absolute "${1:-}") out=$(absolute "${2:-${OUT:-}}") workloads=$(absolute "${WORKLOADS:-}")
gradient=$(absolute "${GRADIENT:-}")
cd "$(dirname "$0")/.."
if [ -z "$binary" ]; then
    cargo build --release --bin spikefront --example large_gradient
    binary=${CARGO_TARGET_DIR:-target}/release/spikefront
    gradient=${CARGO_TARGET_DIR:-target}/release/examples/large_gradient
fi
out=${out:-runs/gpu}
mkdir -p "$out"

log() { # log FILE COMMAND..: runs it, keeps what it prints in FILE and what it tells in FILE.log; goes on if it fails, saying so
    local file=$1
    shift
    echo "== $*" | tee "$out/$file.log"
    if ! "$@" >"$out/$file" 2>>"$out/$file.log"; then
        echo "FAILED: $file" | tee -a "$out/failures.txt"
        cat "$out/$file" >>"$out/$file.log"
    fi
}

: >"$out/failures.txt"
{ date -u; uname -sm; nvidia-smi --query-gpu=name,driver_version --format=csv,noheader 2>/dev/null || true; } >"$out/machine.txt"
log devices.txt "$binary" devices

# Correctness first: every case, and the initial network of every task.
for case in tests/cases/*.json; do
    log "compare-$(basename "$case" .json).txt" "$binary" compare "$case"
done
for name in xor iris yin-yang digits; do
    log "compare-$name.txt" "$binary" compare "$name" --samples "$compared" --out "$out/compare-$name.svg"
done
# A large network's spikes: so early in a run f32 and f64 have not parted.
for engine in cpu gpu; do
    log "cuba-$engine.txt" "$binary" simulate cuba --duration 20 --from 0 --engine "$engine" --out "$out/cuba-$engine"
done
spikes() { # spikes FOLDER: how many spikes a simulation recorded
    grep -m1 '"spikes"' "$1/summary.json"
}
if [ "$(spikes "$out/cuba-cpu")" != "$(spikes "$out/cuba-gpu")" ]; then
    echo "FAILED: the engines count different spikes of cuba" | tee -a "$out/failures.txt"
fi
if [ -s "$out/failures.txt" ]; then
    echo "the GPU does not compute what the CPU computes; nothing is measured"
    cat "$out/failures.txt"
    exit 1
fi

log networks.txt "$binary" bench networks --batch "$batches" "${networks[@]}"
log networks.json "$binary" bench networks --batch "$json_batches" --json "${networks[@]}"
for workload in w1 w2 w3; do
    file="${workloads:-workloads}/$workload.npz"
    if [ ! -f "$file" ]; then
        echo "skipped: no $file"
        continue
    fi
    for engine in cpu gpu; do
        log "$workload-$engine.txt" "$binary" bench workload "$file" --engine "$engine" --repeats "$repeats"
    done
done
for engine in cpu gpu; do
    log "$task-$engine.txt" "$binary" train "$task" --preset "$preset" --epochs "$epochs" --engine "$engine" --out "$out/$task-$engine"
done
log large.txt "$binary" bench large --engines cpu,gpu --scales "$scales"
if [ -n "$gradient" ]; then
    # The adjoint of a long run: 100,000 neurons, 10 million synapses, 100 ms.
    for engine in gpu cpu; do
        log "gradient-$engine.txt" "$gradient" "${long_run[0]}" "$engine" "${long_run[1]}"
    done
else
    echo "skipped: the gradient of a long run, as GRADIENT names no program"
fi
for engine in gpu cpu; do
    log "microcircuit-$engine.txt" "$binary" simulate microcircuit "${column[@]}" --record none --engine "$engine" --out "$out/microcircuit-$engine"
done

cat "$out/machine.txt" "$out/networks.txt" "$out/large.txt" "$out/microcircuit-gpu.txt"
[ -z "$gradient" ] || cat "$out/gradient-gpu.txt" "$out/gradient-cpu.txt"
for engine in cpu gpu; do
    echo "$task, preset $preset, $engine: seconds of each epoch"
    sed -n 's/.*"seconds": *\([0-9.e-]*\).*/  \1/p' "$out/$task-$engine/metrics.jsonl" || true
done
if [ -s "$out/failures.txt" ]; then
    cat "$out/failures.txt"
    exit 1
fi
