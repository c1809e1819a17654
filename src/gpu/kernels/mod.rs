//! The kernels: one file each, of the same name as its file in `shaders/`.

pub mod advance;
pub mod advance_sequential;
pub mod gather;
pub mod gather_synapses;
pub mod order;
pub mod readout;

use super::kernel::Source;

/// Every kernel.
pub const ALL: &[Source] = &[
    advance::SOURCE,
    advance_sequential::SOURCE,
    gather::SOURCE,
    gather_synapses::SOURCE,
    order::SOURCE,
    readout::SOURCE,
];
