//! What every engine answers.

use ndarray::Array2;
use serde::{Deserialize, Serialize};

use crate::event::{ReadoutRecording, Recording};
use crate::model::Population;
use crate::problem::Problem;
use crate::session::{Session, SessionPlan};
use crate::{Error, Result};

/// How a gradient is computed. Both are exact and agree to rounding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// Sensitivities of every spike, carried forward in time (Lee et al. 2023).
    Forward,
    /// One sweep backward in time over the recording (EventProp, Wunderlich and Pehle 2021).
    #[default]
    Adjoint,
}

impl std::fmt::Display for Method {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Forward => "forward",
            Self::Adjoint => "adjoint",
        })
    }
}

/// The derivative of a loss with respect to what a recording holds.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Cotangent {
    /// dL/d(spike time), in 1/ms, one for each spike of the recording, in its order.
    pub spike_times: Vec<f64>,
    /// For each readout of the recording: dL/d(integral of V), `[sample x neuron]`.
    pub integrals: Vec<Vec<f64>>,
    /// For each readout of the recording: dL/dV, `[sample x time x neuron]`.
    pub voltages: Vec<Vec<f64>>,
    /// For each readout of the recording: dL/d(largest V), `[sample x neuron]`; empty where
    /// maxima were not recorded.
    pub maxima: Vec<Vec<f64>>,
}

impl Cotangent {
    /// All zero, of the sizes of a recording.
    pub fn zeros(recording: &Recording) -> Self {
        let zeros = |len: fn(&ReadoutRecording) -> usize| {
            let readouts = recording.readouts().iter();
            readouts.map(|readout| vec![0.0; len(readout)]).collect()
        };
        Self {
            spike_times: vec![0.0; recording.n_spikes()],
            integrals: zeros(|readout| readout.integrals.len()),
            voltages: zeros(|readout| readout.voltages.len()),
            maxima: zeros(|readout| readout.maxima.len()),
        }
    }

    /// All of it in one list: spike times, then for each readout its integrals, voltages and maxima.
    pub fn entries(&self) -> impl Iterator<Item = f64> {
        let readouts = (0..self.integrals.len()).flat_map(|ix| {
            let integrals = self.integrals[ix].iter();
            integrals.chain(&self.voltages[ix]).chain(&self.maxima[ix])
        });
        self.spike_times.iter().chain(readouts).copied()
    }

    /// As [`entries`](Self::entries), to write.
    pub fn entries_mut(&mut self) -> impl Iterator<Item = &mut f64> {
        let readouts = self.integrals.iter_mut().zip(&mut self.voltages);
        let readouts =
            readouts
                .zip(&mut self.maxima)
                .flat_map(|((integrals, voltages), maxima)| {
                    integrals.iter_mut().chain(voltages).chain(maxima)
                });
        self.spike_times.iter_mut().chain(readouts)
    }
}

/// What to differentiate with respect to, and how carefully.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GradientOptions {
    /// Forward propagation or the adjoint.
    pub method: Method,
    /// With respect to weights.
    pub weights: bool,
    /// With respect to delays.
    pub delays: bool,
    /// With respect to thresholds.
    pub thresholds: bool,
    /// With respect to the times of input spikes.
    pub input_times: bool,
    /// With respect to the time constants of every neuron. CPU engine only.
    pub time_constants: bool,
    /// A spike that reaches its threshold more slowly than this, relative to its neuron's own scale of slopes
    ///
    /// ```text
    /// max(|threshold - drive|, threshold - reset potential) / tau_membrane
    /// ```
    ///
    /// (with [`Reset::Subtract`](crate::model::Reset::Subtract) the second is the threshold itself), is grazing: its
    /// derivative, which grows without bound as the slope vanishes, is computed as if this were its slope, and counted.
    ///
    /// So no result depends on the unit of the potential. The default, 1e-5, only keeps numbers finite: it is half of
    /// what 1e-6 / ms is for a threshold of 1 and 20 ms, and a slope that small is known to about a thousandth, as the
    /// rounding of the potential alone makes slopes below 1e-8 of the scale.
    pub slope_floor: f64,
    /// How much memory forward propagation may use for the columns it carries at once, in bytes.
    pub tile_memory: usize,
}

impl Default for GradientOptions {
    /// Adjoint, with respect to weights only.
    fn default() -> Self {
        Self {
            method: Method::Adjoint,
            weights: true,
            delays: false,
            thresholds: false,
            input_times: false,
            time_constants: false,
            slope_floor: 1e-5,
            tile_memory: 256 << 20,
        }
    }
}

impl GradientOptions {
    /// With respect to everything that every engine differentiates: all but time constants.
    pub fn everything(method: Method) -> Self {
        Self {
            method,
            weights: true,
            delays: true,
            thresholds: true,
            input_times: true,
            ..Self::default()
        }
    }
}

/// The gradient of a scalar loss, summed over the batch.
#[derive(Debug, Clone, PartialEq)]
pub struct Gradient {
    /// Flat, in the order of the network's layout; zero where it was not asked for.
    pub parameters: Vec<f64>,
    /// One for each input spike, in 1/ms, in the batch's order; empty where it was not asked for.
    pub input_times: Vec<f64>,
    /// dL/d(tau_membrane) of every neuron, counted over all populations, then dL/d(tau_synapse) of every
    /// neuron, in 1/ms; empty where it was not asked for.
    pub time_constants: Vec<f64>,
    /// How many spikes were slower than the slope floor.
    pub grazing_spikes: usize,
}

impl Gradient {
    /// Refuses one that is not finite.
    pub(crate) fn finite(self, problem: &Problem<'_>) -> Result<Self> {
        if let Some(ix) = first_not_finite(&self.parameters) {
            return Err(not_finite(&parameter(problem, ix), self.parameters[ix]));
        }
        if let Some(ix) = first_not_finite(&self.input_times) {
            return Err(not_finite(
                &format!("input time {ix}"),
                self.input_times[ix],
            ));
        }
        match first_not_finite(&self.time_constants) {
            None => Ok(self),
            Some(ix) => {
                let name = format!("time constant {ix}");
                Err(not_finite(&name, self.time_constants[ix]))
            }
        }
    }

    /// dL/d(tau_membrane) and dL/d(tau_synapse) of a population whose neurons share them: the
    /// sums over its neurons; `None` where time constants were not asked for.
    pub fn time_constants_of(&self, population: &Population) -> Option<[f64; 2]> {
        let n = self.time_constants.len() / 2;
        let sum = |half: &[f64]| Some(half.get(population.units())?.iter().sum());
        let (membrane, synapse) = self.time_constants.split_at(n);
        Some([sum(membrane)?, sum(synapse)?])
    }
}

/// The derivatives of everything that one sample's recording holds.
///
/// Rows are observables: the sample's spike times in order, then for each readout
/// its voltages `[time x neuron]`, its integrals `[neuron]` and, where they were
/// recorded, its maxima `[neuron]`. Columns are the flat
/// parameters, or the sample's input spikes in order; those that were not asked
/// for are zero.
#[derive(Debug, Clone, PartialEq)]
pub struct Jacobian {
    /// d(observable)/d(parameter), `[observable x parameter]`.
    pub parameters: Array2<f64>,
    /// d(observable)/d(input time), `[observable x input spike]`.
    pub input_times: Array2<f64>,
    /// d(observable)/d(time constant), `[observable x (tau_membrane of every neuron, then tau_synapse)]`;
    /// without columns where it was not asked for.
    pub time_constants: Array2<f64>,
    /// How many of the rows are spike times.
    pub n_spikes: usize,
    /// How many spikes were slower than the slope floor.
    pub grazing_spikes: usize,
}

impl Jacobian {
    /// All zero, of the sizes of one sample of a recording.
    pub fn zeros(problem: &Problem<'_>, recording: &Recording, sample: usize) -> Self {
        let n_spikes = recording.range(sample).len();
        let n_values = |r: &ReadoutRecording| r.integrals.len() + r.voltages.len() + r.maxima.len();
        let readouts = recording.readouts().iter().map(n_values).sum::<usize>();
        let n_rows = n_spikes + readouts / recording.n_samples();
        Self {
            parameters: Array2::zeros((n_rows, problem.network.layout().len())),
            input_times: Array2::zeros((n_rows, problem.inputs.range(sample).len())),
            time_constants: Array2::zeros((n_rows, 0)),
            n_spikes,
            grazing_spikes: 0,
        }
    }
}

/// The place of a number that is not finite.
fn first_not_finite(values: &[f64]) -> Option<usize> {
    // x times zero is zero for a finite number only; in lanes, as this passes over every gradient there is.
    let mut sums = [0.0; 8];
    let (lanes, rest) = values.as_chunks::<8>();
    for lane in lanes {
        for (sum, x) in sums.iter_mut().zip(lane) {
            *sum += x * 0.0;
        }
    }
    let all = sums.iter().chain(rest).all(|x| x.is_finite());
    (!all)
        .then(|| values.iter().position(|x| !x.is_finite()))
        .flatten()
}

/// What a parameter is called: its tensor and its place in that.
fn parameter(problem: &Problem<'_>, ix: usize) -> String {
    let mut tensors = problem.network.layout().tensors().iter();
    let found = tensors.find(|tensor| tensor.range.contains(&ix));
    found.map_or_else(
        || format!("parameter {ix}"),
        |tensor| format!("{}[{}]", tensor.name, ix - tensor.range.start),
    )
}

fn not_finite(of: &str, value: f64) -> Error {
    Error::invalid(
        format!("derivative with respect to {of}"),
        value,
        "weights, times or the loss's derivatives are too large or too small for double precision: rescale them, \
         lower the learning rate, or raise the slope floor",
    )
}

impl Jacobian {
    /// Refuses one that is not finite.
    pub(crate) fn finite(self, problem: &Problem<'_>) -> Result<Self> {
        let find = |matrix: &Array2<f64>| {
            let mut all = matrix.indexed_iter();
            all.find(|(_, value)| !value.is_finite())
                .map(|((row, column), value)| (row, column, *value))
        };
        let parameters =
            find(&self.parameters).map(|(row, ix, x)| (row, parameter(problem, ix), x));
        let input_times =
            || find(&self.input_times).map(|(row, ix, x)| (row, format!("input time {ix}"), x));
        let taus = || {
            find(&self.time_constants).map(|(row, ix, x)| (row, format!("time constant {ix}"), x))
        };
        match parameters.or_else(input_times).or_else(taus) {
            None => Ok(self),
            Some((row, name, value)) => Err(not_finite(&format!("{name} of row {row}"), value)),
        }
    }
}

/// Simulates networks and differentiates what they did.
///
/// A simulation leaves a recording; with the derivative of a loss with respect to what is in it, the gradient follows:
///
/// ```
/// use spikefront::cpu::CpuEngine;
/// use spikefront::{Cotangent, Engine, GradientOptions, Problem};
/// # use spikefront::event::{Spike, SpikeBatch};
/// # use spikefront::model::{Network, Neuron, Projection};
/// # use spikefront::SimulationOptions;
/// # let mut network = Network::builder();
/// # let input = network.input("input", 1);
/// # let neuron = network.population("neuron", 1, Neuron::leaky_integrate_and_fire());
/// # network.connect(input, neuron, Projection::dense(ndarray::array![[0.6]]));
/// # let network = network.build()?;
/// # let parameters = network.parameters(0);
/// # let mut inputs = SpikeBatch::new();
/// # inputs.push_sample(&[Spike { unit: 0, time: 2.0 }])?;
/// # let options = SimulationOptions::new(40.0);
///
/// fn gradient(engine: &dyn Engine, problem: &Problem<'_>) -> spikefront::Result<Vec<f64>> {
///     let recording = engine.simulate(problem)?;
///     // The loss is the sum of all spike times: its derivative with respect to each of them is 1.
///     let mut cotangent = Cotangent::zeros(&recording);
///     cotangent.spike_times.fill(1.0);
///     let gradient = engine.gradient(problem, &recording, &cotangent, &GradientOptions::default())?;
///     Ok(gradient.parameters)
/// }
///
/// let problem = Problem { network: &network, parameters: &parameters, inputs: &inputs, options: &options };
/// let gradient = gradient(&CpuEngine::new(), &problem)?;
/// assert!(gradient[0] < 0.0); // a larger weight, an earlier spike
/// # Ok::<(), spikefront::Error>(())
/// ```
pub trait Engine: Send + Sync {
    /// A short name such as `"cpu"`.
    fn name(&self) -> &str;

    /// Runs every sample of the batch.
    ///
    /// # Errors
    /// Options, inputs or parameters that do not fit the network; a sample that
    /// passes its spike budget.
    fn simulate(&self, problem: &Problem<'_>) -> Result<Recording>;

    /// The gradient of the loss whose cotangent is given, over the recording of the same problem.
    ///
    /// # Errors
    /// A recording or cotangent of other sizes than the problem's.
    fn gradient(
        &self,
        problem: &Problem<'_>,
        recording: &Recording,
        cotangent: &Cotangent,
        options: &GradientOptions,
    ) -> Result<Gradient>;

    /// A training that stays on the engine's device; `None` where the engine has no device or
    /// the device has no form of what is asked.
    ///
    /// # Errors
    /// A device that fails, or has too little memory.
    fn session<'a>(&'a self, plan: &SessionPlan<'a, '_>) -> Result<Option<Box<dyn Session + 'a>>> {
        let _ = plan;
        Ok(None)
    }

    /// The full Jacobian of one sample: of its spike times and of all that its readouts recorded.
    ///
    /// # Errors
    /// As [`gradient`](Self::gradient); a sample out of range.
    fn jacobian(
        &self,
        problem: &Problem<'_>,
        recording: &Recording,
        sample: usize,
        options: &GradientOptions,
    ) -> Result<Jacobian>;
}
