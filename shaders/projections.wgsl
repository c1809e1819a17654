// A projection, of which `projections` holds the words. Needs types.wgsl.

// Which words `shortest` makes anew.
const WHOLE_WINDOWS_WORD: u32 = 7u;
const REMAINDER_WORD: u32 = 8u;
const LONGEST_WINDOWS_WORD: u32 = 10u;

fn projection_at(ix: u32) -> Projection {
    let at = ix * PROJECTION_WORDS;
    var projection: Projection;
    projection.source = projections[at];
    projection.source_base = projections[at + 1u];
    projection.source_capacity = projections[at + 2u];
    projection.weights = projections[at + 3u];
    projection.delays = projections[at + 4u];
    projection.is_per_synapse = projections[at + 5u];
    projection.target_size = projections[at + 6u];
    projection.whole_windows = projections[at + WHOLE_WINDOWS_WORD];
    projection.remainder = bitcast<f32>(projections[at + REMAINDER_WORD]);
    projection.least_windows = projections[at + 9u];
    projection.longest_windows = projections[at + LONGEST_WINDOWS_WORD];
    projection.is_inner = projections[at + 11u];
    projection.receptor = projections[at + 12u];
    projection.rows = projections[at + 13u];
    projection.targets = projections[at + 14u];
    return projection;
}
