// The derivatives of a spiking population's potentials by its neurons' own values while events stay, through a window: one
// invocation is one neuron of one sample. What comes after a neuron's last spike of the run is skipped.
// Needs types.wgsl, state.wgsl, arrival.wgsl, counters.wgsl, reached.wgsl, spike_of.wgsl, jump.wgsl, exponentials.wgsl, hold.wgsl, tile.wgsl,
// tile_state.wgsl, own_places.wgsl, own_flow.wgsl, and of one current or several the words for them and the flow.

struct OwnValuesParameters {
    // The window.
    window: u32,
    // Its end, since its start: in the last window it may lie before the length of a window.
    window_end: f32,
    // Whether neurons start the run.
    is_run_start: u32,
    // The population: its first neuron among those of the network, and how many they are.
    first_unit: u32,
    population_size: u32,
    // For how many columns there is room in the tile before.
    tile_width: u32,
}

@group(0) @binding(0) var<uniform> parameters: OwnValuesParameters;
@group(0) @binding(1) var<storage, read> neurons: array<Neuron>;
@group(0) @binding(3) var<storage, read> values: array<f32>;
@group(0) @binding(4) var<storage, read> spikes: array<Spike>;
@group(0) @binding(6) var<storage, read> arrivals: array<Arrival>;
@group(0) @binding(7) var<storage, read> counters: array<u32>;
@group(0) @binding(8) var<storage, read> states: array<State>;
@group(0) @binding(15) var<storage, read_write> sensitivities: array<f32>;
@group(0) @binding(30) var<uniform> sizes: Sizes;

// The end of a hold that outlasts the window.
const HELD: f32 = 2.0e38;

// Holds a neuron as long as its spike says, if that is not over.
fn hold_own(neuron: Neuron, spike: Spike, own: ptr<function, Own>) {
    let release = release_of(neuron, spike);
    if (release.window >= parameters.window) {
        (*own).release = select(release.time, HELD, release.window > parameters.window);
    }
}

@compute @workgroup_size(WORKGROUP)
fn own_values(@builtin(global_invocation_id) id: vec3<u32>) {
    if (id.x >= parameters.population_size) {
        return;
    }
    let sample = id.y;
    let unit = parameters.first_unit + id.x;
    let neuron = neurons[unit];
    let rule = reset_rule(neuron.refractory);
    let at = own_state_at(sample, unit);
    var own = read_own(at);
    if (parameters.is_run_start != 0u) {
        own = start_own(neuron, states[sample * sizes.n_units + unit].first);
    }
    if (own.next == NONE) {
        write_own(at, own);
        return;
    }
    let previous = spike_of(sample, own.next).previous;
    if (rule == HOLDS && previous != NONE) {
        hold_own(neuron, spike_of(sample, previous), &own);
    }
    while (own.next != NONE) {
        let place = own.next;
        let spike = spike_of(sample, place);
        if (spike.window != parameters.window) {
            break;
        }
        carry_own(sample, neuron, id.x, &own, spike.time, spike.remainder);
        show_own_potential(own_spike_at(sample, place), neuron, own);
        let threshold = values[neuron.threshold];
        if (rule == SUBTRACTS) {
            let above = threshold - neuron.rest_potential;
            own.potential = potential_after_spike(rule, above, threshold, neuron.reset_potential);
        } else if (rule == RELEASES) {
            release_own(neuron, &own);
        } else {
            hold_own(neuron, spike, &own);
        }
        own.next = spike.next;
    }
    if (own.next != NONE) {
        carry_own(sample, neuron, id.x, &own, parameters.window_end, 0.0);
    }
    write_own(at, own);
}
