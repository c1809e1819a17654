//! The GPU engine against the CPU engine and the oracle, on whatever adapter there is.
//!
//! Without an adapter every test says that it is skipped; with SPIKEFRONT_REQUIRE_GPU=1 that is a failure.

mod agreement;
mod asynchronous;
mod bits;
mod block_times;
#[path = "../common/sparse.rs"]
mod by_rules;
mod carried;
#[path = "../common/case_files.rs"]
mod case_files;
mod cases;
#[path = "../common/mod.rs"]
mod common;
#[path = "../common/gpu.rs"]
mod device;
mod direction;
mod exactness;
mod intervals;
mod kernels;
mod latencies;
mod limits;
mod lists;
mod long_runs;
mod maxima;
#[path = "../common/mixed_lists.rs"]
mod mixed_lists;
mod mutants;
mod own_values;
mod product;
mod runaway;
mod session;
mod several;
mod sparse;
mod tiled;
mod topologies;
