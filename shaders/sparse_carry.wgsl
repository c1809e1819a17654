// Carries the derivatives of one neuron's state with respect to one parameter through a window: to its arrivals, spikes and releases in
// order of time. Neurons lie along x, columns along y. What `jump.wgsl` says of an event is done to them. Where spikes arrive in their own
// window it is gone through in passes: each finds the rows of spikes whose causes the one before has found. Needs types.wgsl,
// sparse_types.wgsl, philox.wgsl, sparse_interval.wgsl, jump.wgsl, sparse_flow.wgsl, sparse_population.wgsl and sparse_poisson.wgsl.

struct SparseCarryParameters {
    // The window, and its length in ms.
    window: u32,
    window_length: f32,
    // How many neurons there are, of how many kinds, with how many currents at most.
    n_neurons: u32,
    n_populations: u32,
    n_receptors: u32,
    // Where `windows` says where the window's events begin, and where it has the columns.
    first_window: u32,
    first_column: u32,
    n_columns: u32,
    // How many arrivals each neuron has room for.
    capacity: u32,
    // The window's rows lie twice, where its spikes arrive in it: how many events after theirs those lie that are read, and those that
    // are written. What is found of neurons is kept in the last pass alone.
    rows_read: u32,
    rows_written: u32,
    is_last: u32,
    // Zero, which compilers do not know.
    zero: u32,
}

@group(0) @binding(0) var<uniform> parameters: SparseCarryParameters;
@group(0) @binding(5) var<storage, read> windows: array<u32>;
// For each column, for each word of a neuron's, for each neuron: dV/dp, dI/dp for each current, what rounding took from these; then how its
// last spike moves, and whether that holds it.
@group(0) @binding(15) var<storage, read_write> sensitivities: array<f32>;
@group(0) @binding(20) var<storage, read> populations: array<SparsePopulation>;
@group(0) @binding(23) var<storage, read> drives: array<SparseDrive>;
@group(0) @binding(24) var<storage, read> upcoming: array<SparseNext>;
@group(0) @binding(31) var<storage, read> events: array<SparseEvent>;
@group(0) @binding(36) var<storage, read> origins: array<SparseOrigin>;
// For each event, for each column: d(spike time)/dp.
@group(0) @binding(37) var<storage, read_write> rows: array<f32>;

// A neuron's derivatives on their way through a window.
struct Carried {
    cell: SparseCell,
    time: f32,
    // Of its last spike.
    moved: f32,
    is_held: bool,
}

fn words() -> u32 {
    return 4u + 2u * parameters.n_receptors;
}

fn place_of(column: u32, word: u32, neuron: u32) -> u32 {
    return (column * words() + word) * parameters.n_neurons + neuron;
}

fn column_at(number: u32) -> SparseColumn {
    let at = parameters.first_column + 3u * number;
    return SparseColumn(windows[at], windows[at + 1u], windows[at + 2u]);
}

fn load(column: u32, neuron: u32) -> Carried {
    var carried: Carried;
    let n = parameters.n_receptors;
    carried.cell.potential = sensitivities[place_of(column, 0u, neuron)];
    carried.cell.lost = sensitivities[place_of(column, 1u + n, neuron)];
    for (var k = 0u; k < n; k += 1u) {
        carried.cell.currents[k] = sensitivities[place_of(column, 1u + k, neuron)];
        carried.cell.lost_currents[k] = sensitivities[place_of(column, 2u + n + k, neuron)];
    }
    carried.moved = sensitivities[place_of(column, 2u + 2u * n, neuron)];
    carried.is_held = sensitivities[place_of(column, 3u + 2u * n, neuron)] != 0.0;
    return carried;
}

fn store(column: u32, neuron: u32, carried: Carried) {
    let n = parameters.n_receptors;
    sensitivities[place_of(column, 0u, neuron)] = carried.cell.potential;
    sensitivities[place_of(column, 1u + n, neuron)] = carried.cell.lost;
    for (var k = 0u; k < n; k += 1u) {
        sensitivities[place_of(column, 1u + k, neuron)] = carried.cell.currents[k];
        sensitivities[place_of(column, 2u + n + k, neuron)] = carried.cell.lost_currents[k];
    }
    sensitivities[place_of(column, 2u + 2u * n, neuron)] = carried.moved;
    sensitivities[place_of(column, 3u + 2u * n, neuron)] = select(0.0, 1.0, carried.is_held);
}

// On to a time. While V is held it does not move.
fn go_to(population: SparsePopulation, carried: Carried, time: f32) -> Carried {
    var next = carried;
    let flow = sparse_flow(population, max(time - carried.time, 0.0));
    if (carried.is_held) {
        next.cell = held(carried.cell, flow);
    } else {
        next.cell = flown(carried.cell, flow);
    }
    next.time = max(time, carried.time);
    return next;
}

// An arrival whose time moves by `moved`, and whose weight by `heavier`.
fn arrived(carried: Carried, rate: f32, origin: SparseOrigin, moved: f32, heavier: f32) -> Carried {
    var next = carried;
    let change = arrival_forward(origin.weight, rate, moved, heavier, carried.is_held, vec2<f32>(0.0));
    var currents = vec4<f32>(0.0);
    currents[origin.receptor] = change.y;
    next.cell = add_currents(carried.cell, currents);
    let step_up = carried.cell.lost + change.x;
    next.cell.potential = opaque(carried.cell.potential + step_up);
    next.cell.lost = step_up - opaque(next.cell.potential - carried.cell.potential);
    return next;
}

// A spike or a release now; a spike's row learns its derivative.
fn happened(population: SparsePopulation, carried: Carried, event: SparseEvent, row: u32, is_threshold: f32) -> Carried {
    var next = carried;
    if (event.is_release != 0u) {
        next.cell.potential = release_derivative(event.slope) * carried.moved;
        next.cell.lost = 0.0;
        next.is_held = false;
        return next;
    }
    let rule = select(HOLDS, SUBTRACTS, population.is_held == 0u);
    let amount = population.threshold - population.reset_potential;
    let jump = spike_jump(rule, population.membrane_rate, amount, event.slope, 0.0);
    let moved = spike_time(jump, carried.cell.potential + carried.cell.lost, is_threshold);
    rows[row] = moved;
    next.cell.potential = spike_forward(jump, carried.cell.potential, moved, is_threshold);
    next.cell.lost = jump.keep * carried.cell.lost;
    next.moved = moved;
    next.is_held = population.is_held != 0u;
    return next;
}

// Whether no derivative is other than zero.
fn is_still(cell: SparseCell) -> bool {
    let are_zero = all(cell.currents == vec4<f32>(0.0)) && all(cell.lost_currents == vec4<f32>(0.0));
    return cell.potential == 0.0 && cell.lost == 0.0 && are_zero;
}

// The first of the window's events that is not of a unit before this.
fn first_of(unit: u32, first: u32, end: u32) -> u32 {
    var low = first;
    var high = end;
    while (low < high) {
        let middle = low + (high - low) / 2u;
        if (events[middle].unit < unit) {
            low = middle + 1u;
        } else {
            high = middle;
        }
    }
    return low;
}

// The drive of a population that has a number, or NONE.
fn drive_of(population: SparsePopulation, column: SparseColumn) -> u32 {
    let number = column.first - population.first_drive;
    if (column.kind != DRIVE_WEIGHT || number >= population.n_drives) {
        return NONE;
    }
    return column.first;
}

@compute @workgroup_size(WORKGROUP)
fn sparse_carry(@builtin(global_invocation_id) id: vec3<u32>) {
    let neuron = id.x;
    let number = id.y;
    if (neuron >= parameters.n_neurons) {
        return;
    }
    let column = column_at(number);
    let population = populations[population_of(neuron)];
    let end = windows[parameters.first_window + 1u];
    let first = windows[parameters.first_window];
    var next_event = first_of(neuron, first, end);
    var next_origin = neuron * (parameters.capacity + 1u);
    let driven = drive_of(population, column);
    var next_driven = SparseNext(NONE, 0.0, 0u);
    if (driven != NONE) {
        next_driven = upcoming[drives[driven].first + neuron];
    }
    let is_own = column.kind == SOME_THRESHOLD && neuron >= column.first && neuron < column.end;
    var carried = load(number, neuron);
    var is_met = false;
    loop {
        let origin = origins[next_origin];
        let is_origin = origin.event != NONE;
        let is_driven = next_driven.window == parameters.window && (!is_origin || next_driven.offset < origin.offset);
        let until = select(select(NEVER, origin.offset, is_origin), next_driven.offset, is_driven);
        // The neuron's own events come before what arrives at the same time.
        if (next_event < end && events[next_event].unit == neuron && events[next_event].offset <= until) {
            let event = events[next_event];
            is_met = true;
            carried = go_to(population, carried, event.offset);
            let row = (next_event + parameters.rows_written) * parameters.n_columns + number;
            carried = happened(population, carried, event, row, f32(is_own));
            next_event += 1u;
        } else if (is_driven) {
            is_met = true;
            carried = go_to(population, carried, until);
            var currents = vec4<f32>(0.0);
            currents[drives[driven].receptor] = 1.0;
            carried.cell = add_currents(carried.cell, currents);
            next_driven = drawn_after(drives[driven], neuron, next_driven);
        } else if (is_origin) {
            let is_it = column.first == origin.synapse;
            let cause = origin.event + select(0u, parameters.rows_read, origin.event >= first);
            let moved = rows[cause * parameters.n_columns + number]
                + f32(is_it && column.kind == SYNAPSE_DELAY);
            let heavier = f32(is_it && column.kind == SYNAPSE_WEIGHT);
            if (moved != 0.0 || heavier != 0.0) {
                is_met = true;
                carried = go_to(population, carried, until);
                carried = arrived(carried, population.synapse_rates[origin.receptor], origin, moved, heavier);
            }
            next_origin += 1u;
        } else {
            break;
        }
    }
    // Nothing has reached the neuron, and nothing does.
    let is_untouched = !is_met && is_still(carried.cell);
    if (parameters.is_last == 0u || is_untouched) {
        return;
    }
    if (carried.time == 0.0 && !carried.is_held) {
        let flow = SparseFlow(population.window_membrane, population.window_synapse, population.window_gain);
        carried.cell = flown(carried.cell, flow);
    } else {
        carried = go_to(population, carried, parameters.window_length);
    }
    store(number, neuron, carried);
}
