//! The kernels: one file each, of the same name as its file in `shaders/`.

pub mod adam;
pub mod adjoint;
pub mod adjoint_readout;
pub mod adjoint_sequential;
pub mod adjoint_start;
pub mod advance;
pub mod advance_sequential;
pub mod clear_lists;
pub mod contract;
pub mod copy;
pub mod deliver;
pub mod deliver_synapses;
pub mod first_spike;
pub mod gather;
pub mod gather_synapses;
pub mod gradient_norm;
pub mod gradient_parts;
pub mod keep_below;
pub mod multiply_add;
pub mod note_fired;
pub mod order;
pub mod own_values;
pub mod own_values_readout;
pub mod own_values_sum;
pub mod pack_spikes;
pub mod propagators;
pub mod raise_silent;
pub mod readout;
pub mod readout_cross_entropy;
pub mod reduce;
pub mod renew_neurons;
pub mod seen_spikes;
pub mod sensitivity;
pub mod sensitivity_own;
pub mod sensitivity_product;
pub mod sensitivity_readout;
pub mod sensitivity_sequential;
pub mod sensitivity_start;
pub mod sensitivity_tiled;
pub mod sgd;
pub mod shortest;
pub mod sort_lists;
pub mod sparse_adjoint;
pub mod sparse_advance;
pub mod sparse_carry;
pub mod sparse_collect;
pub mod sparse_deliver;
pub mod sparse_draw;
pub mod sparse_meet;
pub mod sparse_record;
pub mod sparse_relay;
pub mod sparse_trace;
pub mod spike_chain;
pub mod spike_factors;
pub mod spread_derivatives;
pub mod spread_inputs;
pub mod spread_spikes;
pub mod start_states;
pub mod sum_delays;

use super::kernel::Source;

/// Every kernel.
pub const ALL: &[Source] = &[
    adam::SOURCE,
    adjoint::SOURCE,
    adjoint_readout::SOURCE,
    adjoint_sequential::SOURCE,
    adjoint_start::SOURCE,
    advance::SOURCE,
    advance_sequential::SOURCE,
    clear_lists::SOURCE,
    contract::SOURCE,
    copy::SOURCE,
    deliver::SOURCE,
    deliver_synapses::SOURCE,
    first_spike::SOURCE,
    gather::SOURCE,
    gather_synapses::SOURCE,
    gradient_norm::SOURCE,
    gradient_parts::SOURCE,
    keep_below::SOURCE,
    multiply_add::SOURCE,
    note_fired::SOURCE,
    order::SOURCE,
    own_values::SOURCE,
    own_values_readout::SOURCE,
    own_values_sum::SOURCE,
    pack_spikes::SOURCE,
    propagators::SOURCE,
    raise_silent::SOURCE,
    readout::SOURCE,
    readout_cross_entropy::SOURCE,
    reduce::SOURCE,
    renew_neurons::SOURCE,
    seen_spikes::SOURCE,
    sensitivity::SOURCE,
    sensitivity_own::SOURCE,
    sensitivity_product::SOURCE,
    sensitivity_readout::SOURCE,
    sensitivity_sequential::SOURCE,
    sensitivity_start::SOURCE,
    sensitivity_tiled::SOURCE,
    sgd::SOURCE,
    shortest::SOURCE,
    sort_lists::SOURCE,
    sparse_adjoint::SOURCE,
    sparse_advance::SOURCE,
    sparse_carry::SOURCE,
    sparse_collect::SOURCE,
    sparse_deliver::SOURCE,
    sparse_draw::SOURCE,
    sparse_meet::SOURCE,
    sparse_record::SOURCE,
    sparse_relay::SOURCE,
    sparse_trace::SOURCE,
    spike_chain::SOURCE,
    spike_factors::SOURCE,
    spread_derivatives::SOURCE,
    spread_inputs::SOURCE,
    spread_spikes::SOURCE,
    start_states::SOURCE,
    sum_delays::SOURCE,
];
