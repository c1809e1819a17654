//! Kernels on their own, each against a reference in f64 on the host.
//!
//! Every comparison is run again on shaders with one thing wrong (`mutant`) and must report it.

mod below;
mod crossing;
mod crossing_cases;
mod crossing_several;
mod gradient_norm;
mod harness;
mod jump;
mod order;
mod philox;
mod propagators;
mod readout_cross_entropy;
mod reduce;
mod renew_neurons;
mod shortest;
mod sort_lists;
mod sparse_adjoint;
mod sparse_back;
mod sparse_carry;
mod sparse_carry_case;
mod sparse_collect;
mod sparse_crossing;
mod sparse_draw;
mod sparse_threshold;
mod sparse_trace;

/// A shader with one piece of its text replaced.
fn mutant(text: &str, right: &str, wrong: &str) -> String {
    assert_eq!(
        text.matches(right).count(),
        1,
        "{right:?} is not there once"
    );
    text.replace(right, wrong)
}
