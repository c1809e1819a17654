//! What a session trains, and on what.

use std::sync::Arc;

use super::tensors::{Tensor, tensors};
use crate::engine::GradientOptions;
use crate::event::SpikeBatch;
use crate::gpu::columns::columns;
use crate::gpu::context::Context;
use crate::gpu::engine::Memory;
use crate::gpu::kernel::Role;
use crate::gpu::layout::Column;
use crate::gpu::schedule;
use crate::gpu::tables::Tables;
use crate::network::{Network, Parameters, TensorKind};
use crate::problem::{Problem, SimulationOptions, Stop};
use crate::session::{DeviceLoss, DeviceOptimiser, SessionLoss, SessionPlan};
use crate::{Error, Result};

/// What is trained, and on what.
pub(super) struct Training {
    pub context: Arc<Context>,
    pub budget: u64,
    pub network: Arc<Network>,
    /// As the host last wrote or read them; what is trained may have moved since.
    pub parameters: Parameters,
    pub simulation: SimulationOptions,
    pub gradient: GradientOptions,
    pub loss: SessionLoss,
    pub optimiser: DeviceOptimiser,
    pub tensors: Vec<Tensor>,
    limits: Vec<f32>,
    pub clip_norm: Option<f64>,
    /// One number for each parameter; empty where weights are raised alike.
    directions: Vec<f32>,
    /// The weights that may be raised: those that are trained.
    pub raised: Vec<Column>,
}

impl Training {
    pub fn new(context: Arc<Context>, budget: u64, plan: &SessionPlan<'_>) -> Result<Self> {
        // Kernels run to the end of the run: what a loss looks at is the same either way.
        let mut simulation = SimulationOptions {
            stop: Stop::AtDuration,
            ..plan.simulation.clone()
        };
        if let SessionLoss::Device(loss) = plan.loss {
            check_loss(plan.network, loss, &simulation)?;
            if matches!(loss, DeviceLoss::FirstSpike { .. }) {
                simulation.voltage_times.clear();
                simulation.record_maxima = false;
            }
        }
        let layout = plan.network.layout();
        let (tensors, limits) = tensors(layout, plan.trained)?;
        let trains = |kind: TensorKind| {
            let mut own = layout.tensors().iter().filter(|own| own.kind == kind);
            own.any(|own| plan.trained.iter().any(|tensor| tensor.range == own.range))
        };
        let gradient = GradientOptions::default()
            .slope_floor(plan.slope_floor)
            .weights(trains(TensorKind::Weight))
            .delays(trains(TensorKind::Delay))
            .thresholds(trains(TensorKind::Threshold))
            .tau_membrane(trains(TensorKind::TauMembrane))
            .tau_synapse(trains(TensorKind::TauSynapse))
            .rest(trains(TensorKind::Rest))
            .initial(trains(TensorKind::Initial));
        let directions = plan.raise_directions.iter();
        let raised = raised(plan, &simulation, &tensors)?;
        Ok(Self {
            context,
            budget,
            network: plan.network.clone(),
            parameters: plan.parameters.clone(),
            simulation,
            gradient,
            loss: plan.loss.clone(),
            optimiser: plan.optimiser,
            tensors,
            limits,
            clip_norm: plan.clip_norm,
            directions: directions.map(|&direction| direction as f32).collect(),
            raised,
        })
    }

    pub fn problem<'b>(&'b self, inputs: &'b SpikeBatch) -> Problem<'b> {
        Problem {
            network: &self.network,
            parameters: &self.parameters,
            inputs,
            options: &self.simulation,
        }
    }

    /// Whether the weights of silent neurons are raised along directions of their own.
    pub fn has_directions(&self) -> bool {
        !self.directions.is_empty()
    }

    /// How many parts the norm of a gradient has.
    pub fn n_parts(&self) -> u32 {
        schedule::n_parts(&self.tensors)
    }

    /// Writes parameters, what is known of their training, and an optimiser that remembers nothing.
    pub fn upload(&self, memory: &mut Memory, n_watched: usize) -> Result<()> {
        let n_values = self.network.layout().len();
        let bytes = ((3 * n_values + self.network.n_neurons()) * 4) as u64;
        let (buffers, context) = (&mut memory.buffers, &self.context);
        buffers.fill(context, Role::Columns, &self.raised)?;
        buffers.fill(context, Role::Limits, &self.limits)?;
        buffers.fill(context, Role::Directions, &self.directions)?;
        buffers.ensure(context, Role::Norms, (1 + u64::from(self.n_parts())) * 8)?;
        buffers.ensure(context, Role::Extremes, n_watched as u64 * 16)?;
        buffers.ensure(context, Role::Totals, bytes)?;
        buffers.clear(context, Role::Totals, bytes);
        self.write_values(memory)
    }

    pub fn write_values(&self, memory: &mut Memory) -> Result<()> {
        let values = self.parameters.values();
        memory.buffers.fill_values(&self.context, values)
    }

    /// Checks the labels of a batch; those of a loss on the host are its own concern.
    pub fn check_labels(&self, labels: &[usize], inputs: &SpikeBatch) -> Result<()> {
        if labels.len() != inputs.n_samples() {
            let remedy = format!("give one for each of the {} samples", inputs.n_samples());
            return Err(Error::invalid("number of labels", labels.len(), remedy));
        }
        let SessionLoss::Device(loss) = &self.loss else {
            return Ok(());
        };
        let n_classes = self.network.population(loss.population()).size;
        match labels.iter().position(|&label| label >= n_classes) {
            None => Ok(()),
            Some(ix) => Err(Error::invalid(
                format!("label of sample {ix}"),
                labels[ix],
                format!("the output population has {n_classes} neurons, counted from 0"),
            )),
        }
    }
}

/// The weights that may be raised: those that are trained.
fn raised(
    plan: &SessionPlan<'_>,
    simulation: &SimulationOptions,
    tensors: &[Tensor],
) -> Result<Vec<Column>> {
    let problem = Problem {
        network: plan.network,
        parameters: plan.parameters,
        inputs: &SpikeBatch::new(),
        options: simulation,
    };
    let n_sources = plan.network.inputs().len() + plan.network.populations().len();
    let tables = Tables::new(&problem, &vec![0; n_sources])?;
    let mut weights = columns(&problem, &tables, &GradientOptions::default());
    let is_trained = |value: u32| {
        let mut tensors = tensors.iter();
        tensors.any(|tensor| tensor.range().contains(&(value as usize)))
    };
    weights.retain(|column| is_trained(column.value));
    Ok(weights)
}

/// Checks that a network has what a loss looks at, and that the simulation shows it.
fn check_loss(network: &Network, loss: &DeviceLoss, options: &SimulationOptions) -> Result<()> {
    let id = loss.population();
    let Some(population) = network.populations().get(id.index()) else {
        return Err(Error::invalid(
            "output population of the loss",
            format!("number {}", id.index()),
            "name a population of the network that is trained",
        ));
    };
    let needs_spikes = matches!(loss, DeviceLoss::FirstSpike { .. });
    if population.is_spiking() != needs_spikes {
        let remedy = match needs_spikes {
            true => "name a population with a threshold, or use a loss on readouts",
            false => "name a readout, a population without threshold",
        };
        let found = format!("the population \"{}\"", population.name);
        return Err(Error::invalid(
            "output population of the loss",
            found,
            remedy,
        ));
    }
    let is_shown = match loss {
        DeviceLoss::Maximum { .. } => options.record_maxima,
        DeviceLoss::FinalVoltage { .. } => options.voltage_times.contains(&options.duration),
        _ => true,
    };
    match is_shown {
        true => Ok(()),
        false => Err(Error::invalid(
            "what the simulation of the session records",
            "not what the loss looks at",
            "give simulation options that Loss::prepare has seen",
        )),
    }
}
