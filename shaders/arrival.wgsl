// What an arrival came over. Needs types.wgsl.

// Bits of the projection's number; above them is whether each of its synapses has its own delay, and its receptor.
const OWN_DELAY_BIT: u32 = 29u;
const RECEPTOR_SHIFT: u32 = 30u;

fn over(ix: u32, projection: Projection) -> u32 {
    return ix | (projection.is_per_synapse << OWN_DELAY_BIT) | (projection.receptor << RECEPTOR_SHIFT);
}

// Over one synapse, onto a neuron that has a list of its own.
fn arrival_over(ix: u32, projection: Projection, synapse: u32, neuron: u32, origin: u32, time: f32) -> Arrival {
    let own = synapse - neuron;
    return Arrival(time, projection.weights + own, origin, over(ix, projection), projection.delays + own);
}

fn projection_of(arrival: Arrival) -> u32 {
    return arrival.over & ((1u << OWN_DELAY_BIT) - 1u);
}

fn receptor_of(arrival: Arrival) -> u32 {
    return arrival.over >> RECEPTOR_SHIFT;
}

fn has_own_delay(arrival: Arrival) -> bool {
    return ((arrival.over >> OWN_DELAY_BIT) & 1u) != 0u;
}
