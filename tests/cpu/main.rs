//! The CPU engine: cases with an oracle's answers, random networks, losses, and what must not matter.

mod adjoint_regressions;
mod agreement;
#[path = "../common/sparse.rs"]
mod by_rules;
#[path = "../common/case_files.rs"]
mod case_files;
mod case_fuzz;
mod case_fuzz_tree;
mod cases;
#[path = "../common/mod.rs"]
mod common;
#[path = "../common/gpu.rs"]
mod device;
mod differences;
mod direction;
mod early_stop;
mod given_spikes;
mod large_lists;
mod limits;
mod lists;
mod losses;
mod maxima;
#[path = "../common/mixed_lists.rs"]
mod mixed_lists;
mod neuron_parameters;
mod own_values;
mod owned;
mod properties;
mod ranks;
mod receptors;
mod sparse;
mod sparse_batches;
mod states;
