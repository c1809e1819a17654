// The derivatives of what a population without threshold shows by its neurons' own values while events stay, through a
// window: one invocation is one neuron of one sample.
// Needs types.wgsl, arrival.wgsl, counters.wgsl, reached.wgsl, jump.wgsl, first_arrival.wgsl, exponentials.wgsl, maximum.wgsl, tile.wgsl,
// tile_state.wgsl, own_places.wgsl, own_flow.wgsl, and of one current or several the words for them and the flow.

struct OwnValuesReadoutParameters {
    // The window.
    window: u32,
    // Its end, since its start: in the last window it may lie before the length of a window.
    window_end: f32,
    // Whether neurons start the run.
    is_run_start: u32,
    // The population: its first neuron among those of the network, how many they are, and where they lie among those of
    // all readouts.
    first_unit: u32,
    population_size: u32,
    readout: u32,
    // Which of the requested times lie in this window.
    first_requested: u32,
    end_requested: u32,
    // Of the run, in ms.
    duration: f32,
    // For how many columns there is room in the tile before.
    tile_width: u32,
}

@group(0) @binding(0) var<uniform> parameters: OwnValuesReadoutParameters;
@group(0) @binding(1) var<storage, read> neurons: array<Neuron>;
@group(0) @binding(3) var<storage, read> values: array<f32>;
@group(0) @binding(6) var<storage, read> arrivals: array<Arrival>;
@group(0) @binding(7) var<storage, read> counters: array<u32>;
// Requested times, since the start of their windows; then [sample][readout neuron] where the largest voltage was.
@group(0) @binding(10) var<storage, read> requested: array<f32>;
@group(0) @binding(15) var<storage, read_write> sensitivities: array<f32>;
@group(0) @binding(30) var<uniform> sizes: Sizes;

// To the largest voltage: at one that an arrival made it is carried to just before that.
fn show_own_maximum(sample: u32, neuron: Neuron, ix: u32, own: ptr<function, Own>, maximum: Maximum) {
    carry_own(sample, neuron, ix, own, maximum.time, 0.0);
    show_own_potential(own_shown_at(sample, parameters.readout + ix, 1u + sizes.n_times), neuron, *own);
}

// Of the integral of V, A = c T + (V(0) - V(T) + Q) / b with Q = (arrived - I(T)) / a, of several currents the sum
// of theirs.
fn show_own_integral(at: u32, neuron: Neuron, own: Own) {
    let a = rates_of(neuron);
    let b = neuron.membrane_rate;
    let charge = (own.arrived - own.current) / a;
    let above = (neuron.initial - own.potential + total(charge)) / b;
    show_own(
        at,
        neuron,
        -(own.by_membrane + above) / b,
        -(own.by_synapse + (own.current_by_synapse + charge) / a) / b,
        parameters.duration - own.by_rest / b,
        (1.0 - own.by_initial) / b,
    );
}

@compute @workgroup_size(WORKGROUP)
fn own_values_readout(@builtin(global_invocation_id) id: vec3<u32>) {
    if (id.x >= parameters.population_size) {
        return;
    }
    let sample = id.y;
    let unit = parameters.first_unit + id.x;
    let readout = parameters.readout + id.x;
    let neuron = neurons[unit];
    let at = own_state_at(sample, unit);
    var own = read_own(at);
    if (parameters.is_run_start != 0u) {
        own = start_own(neuron, NONE);
    }
    let maximum = maximum_of(sample, readout, id.x, list_of(sample, neuron));
    var is_due = maximum.time >= 0.0;
    for (var time = parameters.first_requested; time < parameters.end_requested; time += 1u) {
        if (is_due && maximum.time <= requested[time]) {
            show_own_maximum(sample, neuron, id.x, &own, maximum);
            is_due = false;
        }
        carry_own(sample, neuron, id.x, &own, requested[time], 0.0);
        show_own_potential(own_shown_at(sample, readout, 1u + time), neuron, own);
    }
    if (is_due) {
        show_own_maximum(sample, neuron, id.x, &own, maximum);
    }
    carry_own(sample, neuron, id.x, &own, parameters.window_end, 0.0);
    if (parameters.window + 1u == sizes.n_windows) {
        show_own_integral(own_shown_at(sample, readout, 0u), neuron, own);
    }
    write_own(at, own);
}
