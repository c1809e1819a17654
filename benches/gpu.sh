#!/usr/bin/env bash
# Everything that is to be known of a GPU, in one go of at most 8 minutes: first that it computes what the CPU engine
# computes, then how fast, beside what the cost model (docs/cost-model.md) predicts. Logs go to one folder; a short table
# comes last. Exits with 1 if anything failed.
#
#   benches/gpu.sh [--smoke] [BINARY] [FOLDER]
#
# BINARY is a `spikefront` that was built elsewhere, for machines without Rust; by default it is built
# here. FOLDER is $OUT if that is set, else runs/gpu. MNIST may name a folder with the IDX files of MNIST, and GRADIENT the
# example large_gradient that was built beside BINARY. SECONDS_IN_ALL says how long all of it may take, without building.
# --smoke takes the smallest of everything, and no forward propagation of networks, to try the script itself
# on a software driver: its figures mean nothing.
set -euo pipefail

compared=64 repeats=5 epochs=5
networks=(--network "feed-forward,yin-yang,recurrent-256" --batch 1,150,1024) forward=(--forward)
instant=(--network instant-256 --batch 1,150)
beside=(--network feed-forward --batch 1024)
task=yin-yang batch=(--batch 150)
scales=1,16 column=(--scales 1 --warm-up 500 --duration 10000) long_run=(1 100)
if [ "${1:-}" = --smoke ]; then
    shift
    compared=2 repeats=1 epochs=1
    networks=(--network feed-forward,recurrent-128 --batch 1,2) forward=()
    instant=()
    beside=(--network feed-forward --batch 2)
    task=xor batch=()
    scales=0.05 column=(--scales 0.01 --warm-up 5 --duration 10) long_run=(0.1 50)
fi

absolute() { # absolute PATH: as seen from where the caller is
    case "$1" in "" | /*) echo "$1" ;; *) echo "$PWD/$1" ;; esac
}
binary=$(absolute "${1:-}") out=$(absolute "${2:-${OUT:-}}") mnist=$(absolute "${MNIST:-}")
gradient=$(absolute "${GRADIENT:-}")
cd "$(dirname "$0")/.."
if [ -z "$binary" ]; then
    cargo build --release --bin spikefront --example large_gradient
    binary=${CARGO_TARGET_DIR:-target}/release/spikefront
    gradient=${CARGO_TARGET_DIR:-target}/release/examples/large_gradient
fi
out=${out:-runs/gpu}
mkdir -p "$out"
end=$((SECONDS + ${SECONDS_IN_ALL:-480}))

# log SECONDS FILE COMMAND..: runs it for no longer than that, nor than there is time; keeps what it prints in FILE and what it
# tells in FILE.log; goes on if it fails, saying so.
log() {
    local most=$1 file=$2 left=$((end - SECONDS))
    shift 2
    [ "$most" -le "$left" ] || most=$left
    echo "== $*" | tee "$out/$file.log"
    if [ "$most" -le 0 ]; then
        echo "FAILED: $file: no time was left for it" | tee -a "$out/failures.txt"
        : >"$out/$file"
    elif ! timeout --kill-after=5 "$most" "$@" >"$out/$file" 2>>"$out/$file.log"; then
        echo "FAILED: $file, within $most s" | tee -a "$out/failures.txt"
        cat "$out/$file" >>"$out/$file.log"
    fi
}

: >"$out/failures.txt"
{ date -u; uname -sm; nvidia-smi --query-gpu=name,driver_version --format=csv,noheader 2>/dev/null || true; } >"$out/machine.txt"
log 30 devices.txt "$binary" devices

# Correctness first: every case, and the initial network of every task.
for case in tests/cases/*.json; do
    log 20 "compare-$(basename "$case" .json).txt" "$binary" compare "$case"
done
for name in xor iris yin-yang digits; do
    log 30 "compare-$name.txt" "$binary" compare "$name" --samples "$compared" --out "$out/compare-$name.svg"
done
# A large network's spikes: so early in a run f32 and f64 have not parted.
for engine in cpu gpu; do
    log 30 "cuba-$engine.txt" "$binary" simulate cuba --duration 20 --from 0 --engine "$engine" --out "$out/cuba-$engine"
done
spikes() { # spikes FOLDER: how many spikes a simulation recorded
    grep -m1 '"spikes"' "$1/summary.json" 2>/dev/null || echo "none: $1"
}
if [ "$(spikes "$out/cuba-cpu")" != "$(spikes "$out/cuba-gpu")" ]; then
    echo "FAILED: the engines count different spikes of cuba" | tee -a "$out/failures.txt"
fi
if [ -s "$out/failures.txt" ]; then
    echo "the GPU does not compute what the CPU computes; nothing is measured"
    cat "$out/failures.txt"
    exit 1
fi

log 90 networks.txt "$binary" bench networks "${networks[@]}" "${forward[@]}" --engines gpu --repeats "$repeats" --model measured
log 40 beside.txt "$binary" bench networks "${beside[@]}" --engines cpu,gpu --repeats "$repeats"
log 60 large.txt "$binary" bench large --engines gpu --scales "$scales" --model measured
for engine in gpu cpu; do
    log 30 "$task-$engine.txt" "$binary" train "$task" "${batch[@]}" --epochs "$epochs" --engine "$engine" --out "$out/$task-$engine"
done
if [ -n "$mnist" ]; then
    log 60 mnist-gpu.txt "$binary" train mnist --data "$mnist" --epochs 2 --engine gpu --out "$out/mnist-gpu"
else
    echo "skipped: MNIST, as MNIST names no folder of its files"
fi
if [ -n "$gradient" ]; then
    # The adjoint of a long run: 10,000 neurons, a million synapses, 100 ms.
    log 40 gradient-gpu.txt "$gradient" "${long_run[0]}" gpu "${long_run[1]}"
else
    echo "skipped: the gradient of a long run, as GRADIENT names no program"
fi

# Last, since nobody has seen how long these take: what they print comes at their ends.
if [ ${#instant[@]} -gt 0 ]; then
    log 40 instant.txt "$binary" bench networks "${instant[@]}" --engines gpu --repeats "$repeats" --model measured
fi
log 120 microcircuit.txt "$binary" bench large --network microcircuit "${column[@]}" --engines gpu

cat "$out/machine.txt" "$out/networks.txt" "$out/beside.txt" "$out/large.txt" "$out/microcircuit.txt"
[ ${#instant[@]} -eq 0 ] || cat "$out/instant.txt"
[ -z "$gradient" ] || cat "$out/gradient-gpu.txt"

# The fields of the tables above: an empty one was not measured.
section() { # section "NETWORK, batch N": what the kernels of a network took, and what is predicted
    awk -v head="^$1:" '$0 ~ head { is_in = 1; next } /^$/ { is_in = 0 } is_in' "$out/networks.txt"
}
forward_ms() { awk '$1 == "recurrent-256" && $2 == 1 && $3 == "gpu" { print $(NF - 1) }' "$out/networks.txt"; }
share() { section "recurrent-256, batch 1" | awk '$1 == "sensitivity_tiled" { for (k = 1; k < NF; k++) if ($k == "multiply-add") print $(k + 1) }'; }
predicted() { section "$1" | awk -v run="$2" '$1 == "predicted" && $2 ~ run { for (k = 2; k <= NF; k++) if ($k == "ms") sum += $(k - 1) } END { if (sum) printf "%.2f", sum * '"${3:-1}"' }'; }
times() { # how many times as fast the GPU is as the CPU, a simulation and an adjoint together
    awk '$3 == "cpu" { cpu = $5 + $6 } $3 == "gpu" { gpu = $5 + $6 } END { if (cpu && gpu) printf "%.1f", cpu / gpu }' "$out/beside.txt"
}
best_epoch() { # best_epoch FOLDER: the least time of an epoch, in ms
    sed -n 's/.*"seconds": *\([0-9.e-]*\).*/\1/p' "$1/metrics.jsonl" 2>/dev/null | sort -g | awk 'NR == 1 { printf "%.1f", 1e3 * $1 }'
}
factor() { awk '$1 == "microcircuit" { print $9 }' "$out/microcircuit.txt"; }
line() { printf '%-58s %10s %10s %10s\n' "$1" "${2:--}" "${3:--}" "${4:-}"; }
{
    line "" measured predicted bar
    line "sensitivity_tiled, recurrent-256: % of the multiply-adds" "$(share)" "" ">= 40"
    line "recurrent-256, forward propagation of one sample, ms" "$(forward_ms)" "$(predicted "recurrent-256, batch 1" forward)" "< 15"
    line "$task, best epoch, ms" "$(best_epoch "$out/$task-gpu")" "$(predicted "yin-yang, batch 150" "simulation|adjoint" 34)" "< 15"
    line "784-350-10, GPU over CPU" "$(times)" "" ">= 30"
    line "microcircuit, seconds for each second" "$(factor)" "" "< 1"
    [ -z "$mnist" ] || line "MNIST, best epoch, ms" "$(best_epoch "$out/mnist-gpu")"
} | tee "$out/table.txt"
if [ -s "$out/failures.txt" ]; then
    cat "$out/failures.txt"
    exit 1
fi
