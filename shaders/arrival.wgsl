// What an arrival came over. Needs types.wgsl.

// Bits of the projection's number; its receptor is above them.
const RECEPTOR_SHIFT: u32 = 30u;

fn over(projection: u32, receptor: u32) -> u32 {
    return projection | (receptor << RECEPTOR_SHIFT);
}

fn projection_of(arrival: Arrival) -> u32 {
    return arrival.over & ((1u << RECEPTOR_SHIFT) - 1u);
}

fn receptor_of(arrival: Arrival) -> u32 {
    return arrival.over >> RECEPTOR_SHIFT;
}
