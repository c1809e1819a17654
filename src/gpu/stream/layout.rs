//! The host's side of `shaders/sparse_types.wgsl`, as `src/gpu/layout.rs` is of `types.wgsl`.

use crate::gpu::layout::{Table, Twin, twin};

/// Where `counters` holds how many spikes neurons have fired in a block so far.
pub const LISTED: u32 = 5;
/// Above zero if a neuron fired without end: its number plus one.
pub const RUNAWAY: u32 = 6;
/// How many spikes and releases a block has noted.
pub const NOTED: u32 = 7;
/// Windows in a block.
pub const SPARSE_BLOCK: u32 = 256;
/// Of each window of a block the latest pass that found other spikes than the one before.
pub const CHANGED_IN: u32 = 8;
/// The latest pass that a spike of the window arrived in.
pub const CAUSED_IN: u32 = 264;
/// The longest chain of spikes within the window of which each may cause the next and the last arrives.
pub const DEPTH_IN: u32 = 520;
/// How many spikes the latest two passes have found.
pub const TRIED: u32 = 776;
/// Above zero if the last pass found other spikes of a neuron than the one before: its number plus one.
pub const UNSETTLED: u32 = 778;
/// How many arrivals each neuron has in this window.
pub const QUEUED: u32 = 779;
/// Where an arrival's word of its receptor holds the pass in which it was sent.
pub const PASS_SHIFT: u32 = 2;
/// Where it holds how many spikes are in the chain that led there.
pub const CHAIN_SHIFT: u32 = 14;
/// More spikes of a neuron in one window are taken for a runaway.
pub const MOST_SPIKES: u32 = 1000;
/// The most windows whose Poisson arrivals are drawn again at once.
pub const MOST_DRAWN: u32 = 32;
/// What is kept of a neuron's adjoint at the end of a window, beside dL/dI for each receptor.
pub const ADJOINT_WORDS: u32 = 2;
/// Kinds of columns: nothing that happens within a run.
pub const NO_EVENT: u32 = 0;
/// The weight of a synapse.
pub const SYNAPSE_WEIGHT: u32 = 1;
/// Its delay.
pub const SYNAPSE_DELAY: u32 = 2;
/// A threshold of some neurons.
pub const SOME_THRESHOLD: u32 = 3;
/// The weight of a drive.
pub const DRIVE_WEIGHT: u32 = 4;

/// The constants of `sparse_types.wgsl`, as f64.
pub const CONSTANTS: &[(&str, f64)] = &[
    ("LISTED", LISTED as f64),
    ("RUNAWAY", RUNAWAY as f64),
    ("NOTED", NOTED as f64),
    ("SPARSE_BLOCK", SPARSE_BLOCK as f64),
    ("CHANGED_IN", CHANGED_IN as f64),
    ("CAUSED_IN", CAUSED_IN as f64),
    ("DEPTH_IN", DEPTH_IN as f64),
    ("TRIED", TRIED as f64),
    ("UNSETTLED", UNSETTLED as f64),
    ("QUEUED", QUEUED as f64),
    ("PASS_SHIFT", PASS_SHIFT as f64),
    ("CHAIN_SHIFT", CHAIN_SHIFT as f64),
    ("MOST_SPIKES", MOST_SPIKES as f64),
    ("MOST_DRAWN", MOST_DRAWN as f64),
    ("ADJOINT_WORDS", ADJOINT_WORDS as f64),
    ("NO_EVENT", NO_EVENT as f64),
    ("SYNAPSE_WEIGHT", SYNAPSE_WEIGHT as f64),
    ("SYNAPSE_DELAY", SYNAPSE_DELAY as f64),
    ("SOME_THRESHOLD", SOME_THRESHOLD as f64),
    ("DRIVE_WEIGHT", DRIVE_WEIGHT as f64),
];

twin! {
    /// Neurons of one kind.
    SparsePopulation {
        synapse_rates: [f32; 4],
        window_synapse: [f32; 4],
        window_gain: [f32; 4],
        membrane_rate: f32,
        window_membrane: f32,
        threshold: f32,
        reset_potential: f32,
        is_held: u32,
        held_windows: u32,
        held_rest: f32,
        n_receptors: u32,
        first_neuron: u32,
        first_drive: u32,
        n_drives: u32,
        sliver: f32,
    }
}

twin! {
    /// What a neuron's flow changes.
    SparseCell {
        currents: [f32; 4],
        lost_currents: [f32; 4],
        potential: f32,
        lost: f32,
        found0: u32,
        found1: u32,
    }
}

twin! {
    /// A neuron at the start of a window.
    SparseState {
        cell: SparseCell,
        release_window: u32,
        release: f32,
        n_arrivals: u32,
        n_found: u32,
    }
}

twin! {
    /// Poisson arrivals at every neuron of a population, or a change of their rate.
    SparseDrive {
        mean: f32,
        weight: f32,
        receptor: u32,
        first: u32,
        key0: u32,
        key1: u32,
        stream: u32,
        first_change: u32,
        n_changes: u32,
        window: u32,
        offset: f32,
    }
}

twin! {
    /// The next arrival of a drive at a neuron.
    SparseNext {
        window: u32,
        offset: f32,
        number: u32,
    }
}

twin! {
    /// An arrival over a synapse.
    SparseArrival {
        offset: f32,
        weight: f32,
        receptor: u32,
    }
}

twin! {
    /// An arrival over a synapse, and where it comes from.
    SparseOrigin {
        offset: f32,
        weight: f32,
        receptor: u32,
        event: u32,
        synapse: u32,
    }
}

twin! {
    /// What spike times are differentiated with respect to.
    SparseColumn {
        kind: u32,
        first: u32,
        end: u32,
    }
}

twin! {
    /// The state of a recorded neuron.
    SparseSample {
        cell: SparseCell,
        offset: f32,
        reserved0: u32,
        reserved1: u32,
        reserved2: u32,
    }
}

twin! {
    /// A spike of a unit.
    SparseFired {
        window: u32,
        offset: f32,
        unit: u32,
    }
}

twin! {
    /// A population or generators, and what a part of the synapses holds of theirs.
    SparseSource {
        first_unit: u32,
        first_piece: u32,
        n_pieces: u32,
        reserved: u32,
    }
}

twin! {
    /// Rows of some units of a source.
    SparsePiece {
        first_unit: u32,
        n_units: u32,
        starts: u32,
        targets: u32,
        weights: u32,
        delays: u32,
        weight: f32,
        delay: u32,
        receptor: u32,
        synapse_rate: f32,
        membrane_rate: f32,
        derivatives: u32,
    }
}

twin! {
    /// A spike of a unit, or a neuron's release.
    SparseEvent {
        currents: [f32; 4],
        potential: f32,
        window: u32,
        offset: f32,
        unit: u32,
        is_release: u32,
        slope: f32,
        ell: f32,
        threshold: f32,
    }
}

/// Every struct of `sparse_types.wgsl`.
pub const TWINS: &[Table] = &[
    SparsePopulation::TABLE,
    SparseCell::TABLE,
    SparseState::TABLE,
    SparseDrive::TABLE,
    SparseNext::TABLE,
    SparseArrival::TABLE,
    SparseOrigin::TABLE,
    SparseColumn::TABLE,
    SparseSample::TABLE,
    SparseFired::TABLE,
    SparseSource::TABLE,
    SparsePiece::TABLE,
    SparseEvent::TABLE,
];
