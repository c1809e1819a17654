//! Which dispatches a run has, without a device.

use super::*;
use crate::Result;
use crate::engine::Method;
use crate::event::SpikeBatch;
use crate::gpu::kernels::adjoint::AdjointParameters;
use crate::gpu::kernels::advance::AdvanceParameters;
use crate::gpu::kernels::contract::ContractParameters;
use crate::gpu::kernels::sensitivity_tiled::SensitivityTiledParameters;
use crate::gpu::layout::Column;
use crate::network::{Distribution, Network, Neuron, Projection};
use crate::problem::SimulationOptions;

/// Two windows of a network with a hidden population, three passes over each, and what every run dispatches of it.
fn schedules(is_one_sample: bool) -> Result<[Schedule; 3]> {
    let mut network = Network::builder();
    let input = network.input("input", 2);
    let neuron = Neuron::leaky_integrate_and_fire();
    let hidden = network.population("hidden", 70, neuron);
    let readout = network.population("readout", 1, Neuron::leaky_integrator());
    let weights = Distribution::Uniform {
        lowest: 0.0,
        highest: 1.0,
    };
    network.connect(input, hidden, Projection::random(weights));
    network.connect(hidden, readout, Projection::random(weights));
    let network = network.build()?;
    let mut inputs = SpikeBatch::new();
    inputs.push_sample(&[])?;
    let mut options = SimulationOptions::new(2.0);
    options.longest_window = 1.0;
    options.voltage_times = vec![0.5, 1.5, 2.0];
    let problem = Problem {
        network: &network,
        parameters: &network.parameters(0),
        inputs: &inputs,
        options: &options,
    };
    let capacities = Capacities {
        spikes: vec![4, 6, 0],
        fired: 10,
        arrivals: 2 * EVENTS + 1,
        own_arrivals: 2 * EVENTS + 1,
        patience: 1,
    };
    let tables = Tables::new(&problem, &capacities.spikes)?;
    let request = Request {
        is_one_sample,
        ..Request::gradient(&problem, &GradientOptions::everything(Method::Adjoint), 5)
    };
    let tile = Tile {
        first_column: 3,
        n_columns: 65,
        width: 80,
    };
    let columns = vec![Column::default(); tile.n_columns as usize];
    let mut carried = forward(&tables, &capacities, &request, tile, &columns);
    contract(&mut carried, &tables, request.n_slots, tile);
    Ok([
        simulation(&tables, &capacities, &request, 2.0, 0..2),
        adjoint(&tables, &capacities, &request),
        carried,
    ])
}

#[test]
fn passes_are_marked_and_a_run_starts_once() -> Result<()> {
    let [simulation, ..] = schedules(false)?;
    let found: Vec<_> = simulation
        .of::<AdvanceParameters>()
        .iter()
        .map(|p| (p.window, p.is_first_pass, p.is_last_pass, p.is_run_start))
        .collect();
    let expected = [
        (0, 1, 0, 1),
        (0, 0, 0, 0),
        (0, 0, 1, 0),
        (1, 1, 0, 0),
        (1, 0, 0, 0),
        (1, 0, 1, 0),
    ];
    assert_eq!(found, expected);
    let window: Vec<_> = simulation.dispatches[..10]
        .iter()
        .map(|d| d.kernel)
        .collect();
    let stages = [
        [
            "gather",
            "propagators",
            "advance",
            "advance",
            "advance",
            "order",
        ]
        .as_slice(),
        &["gather", "readout", "readout", "readout"],
    ];
    assert_eq!(window, stages.concat());
    assert_eq!(simulation.dispatches[2].workgroups, [2, 5, 1]);
    Ok(())
}

#[test]
fn a_sweep_goes_back_and_one_sample_is_listed_once() -> Result<()> {
    let [_, adjoint, _] = schedules(false)?;
    let windows = adjoint.of::<AdjointParameters>();
    let windows: Vec<u32> = windows.iter().map(|p| p.window).collect();
    assert_eq!(windows, [1, 1, 1, 0, 0, 0]);
    let [_, jacobian, _] = schedules(true)?;
    let listed = |schedule: &Schedule| {
        let mut dispatches = schedule.dispatches.iter();
        let gather = dispatches.find(|dispatch| dispatch.kernel == "gather");
        gather.map(|gather| gather.workgroups[1])
    };
    assert_eq!((listed(&adjoint), listed(&jacobian)), (Some(5), Some(1)));
    let strides = [&adjoint, &jacobian].map(|schedule| schedule.sizes.sample_stride);
    assert_eq!(strides, [1, 0]);
    Ok(())
}

#[test]
fn a_tile_is_carried_through_both_windows_and_contracted_with_readouts_once() -> Result<()> {
    let [.., forward] = schedules(false)?;
    let carried = forward.of::<SensitivityTiledParameters>();
    let windows: Vec<u32> = carried.iter().map(|p| p.window).collect();
    assert_eq!(windows, [0, 1]);
    assert!(
        carried.iter().all(
            |p| (p.first_column, p.first_in_tile, p.end_in_tile, p.tile_width) == (3, 0, 65, 80)
        )
    );
    let contracted = forward.of::<ContractParameters>();
    let readouts: Vec<u32> = contracted.iter().map(|p| p.has_readouts).collect();
    assert_eq!(readouts, [1, 0]);
    assert_eq!(
        (contracted[0].first_place, contracted[0].end_place),
        (4, 10)
    );
    Ok(())
}
