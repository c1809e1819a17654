//! One training step of a workload: simulation, loss, gradient.

use std::time::{Duration, Instant};

use spikefront::data::Workload;
use spikefront::event::{Recording, SpikeBatch};
use spikefront::loss::{FirstSpikeCrossEntropy, IntegralCrossEntropy, Loss, SilentOutput};
use spikefront::network::{
    Network, Neuron, Parameters, PopulationId, Projection, ProjectionId, Reset,
};
use spikefront::{
    Engine, Error, Gradient, GradientOptions, Method, Problem, Result, SimulationOptions,
};

/// The workloads' membrane time constant, in ms. Their neuron is `tau dV/dt = -V + I`,
/// ours `dV/dt = -V/tau + I`: our weights are theirs divided by it, and so are
/// derivatives with respect to theirs.
const TAU_MEMBRANE: f64 = 20.0;

const TAU_SYNAPSE: f64 = 5.0;

/// A workload ready to be stepped.
pub struct Step {
    network: Network,
    parameters: Parameters,
    inputs: SpikeBatch,
    labels: Vec<usize>,
    options: SimulationOptions,
    loss: Box<dyn Loss>,
    hidden: PopulationId,
    /// The file's arrays of weights, by name.
    weights: Vec<(&'static str, ProjectionId)>,
}

/// How long a step took.
pub struct Times {
    pub simulate: Duration,
    pub gradient: Duration,
    /// Simulation, loss and gradient.
    pub whole: Duration,
}

/// A step that was taken.
pub struct Taken {
    pub times: Times,
    pub loss: f64,
    pub recording: Recording,
    pub gradient: Gradient,
}

impl Step {
    /// The network, the loss and the inputs of a workload.
    ///
    /// # Errors
    /// Weights that are too large.
    pub fn new(workload: Workload, spike_budget: Option<usize>) -> Result<Self> {
        let neuron = Neuron::leaky_integrate_and_fire()
            .tau_membrane(TAU_MEMBRANE)
            .tau_synapse(TAU_SYNAPSE)
            .reset(Reset::to(0.0));
        let readout = Neuron::leaky_integrator()
            .tau_membrane(TAU_MEMBRANE)
            .tau_synapse(TAU_SYNAPSE);
        let mut builder = Network::builder();
        let input = builder.input("input", workload.n_channels());
        let dense = |weights: &ndarray::Array2<f64>| Projection::dense(weights / TAU_MEMBRANE);
        let (hidden, weights, loss): (_, Vec<_>, Box<dyn Loss>) = match &workload {
            Workload::FeedForward { w1, w2, .. } => {
                let hidden = builder.population("hidden", w1.ncols(), neuron.clone());
                let output = builder.population("output", w2.ncols(), neuron);
                let weights = vec![
                    ("W1", builder.connect(input, hidden, dense(w1))),
                    ("W2", builder.connect(hidden, output, dense(w2))),
                ];
                let loss = FirstSpikeCrossEntropy::new(output, 2.0)?
                    .reward_early(0.01, 10.0)?
                    .silent(SilentOutput::LeftOut);
                (hidden, weights, Box::new(loss))
            }
            Workload::Recurrent {
                w_in, w_rec, w_out, ..
            } => {
                let hidden = builder.population("hidden", w_in.ncols(), neuron);
                let output = builder.population("output", w_out.ncols(), readout);
                let weights = vec![
                    ("Win", builder.connect(input, hidden, dense(w_in))),
                    ("Wr", builder.connect(hidden, hidden, dense(w_rec))),
                    ("Wo", builder.connect(hidden, output, dense(w_out))),
                ];
                (hidden, weights, Box::new(IntegralCrossEntropy::new(output)))
            }
        };
        let network = builder.build()?;
        let mut options = SimulationOptions::new(workload.duration_ms());
        options.spike_budget = spike_budget.unwrap_or(options.spike_budget);
        Ok(Self {
            parameters: network.parameters(0),
            network,
            inputs: workload.inputs().clone(),
            labels: workload.labels().to_vec(),
            options,
            loss,
            hidden,
            weights,
        })
    }

    /// Takes the step, from input spikes in memory to the gradient in memory.
    ///
    /// # Errors
    /// Whatever the engine refuses.
    pub fn take(&self, engine: &dyn Engine, method: Method) -> Result<Taken> {
        let problem = Problem {
            network: &self.network,
            parameters: &self.parameters,
            inputs: &self.inputs,
            options: &self.options,
        };
        let options = GradientOptions::default().method(method);
        let start = Instant::now();
        let recording = engine.simulate(&problem)?;
        let simulate = start.elapsed();
        let loss = self
            .loss
            .evaluate(&self.network, &recording, &self.labels)?;
        if !loss.mean.is_finite() {
            let remedy = "its weights are too large or its times too far apart";
            return Err(Error::invalid("loss of the workload", loss.mean, remedy));
        }
        let before_gradient = Instant::now();
        let gradient = engine.gradient(&problem, &recording, &loss.cotangent, &options)?;
        let times = Times {
            simulate,
            gradient: before_gradient.elapsed(),
            whole: start.elapsed(),
        };
        Ok(Taken {
            times,
            loss: loss.mean,
            recording,
            gradient,
        })
    }

    /// How many samples.
    pub fn n_samples(&self) -> usize {
        self.labels.len()
    }

    /// How many spikes the hidden layer fired over all samples.
    pub fn hidden_spikes(&self, recording: &Recording) -> usize {
        let units = self.network.population(self.hidden).units();
        let neurons = recording.neurons().iter();
        neurons.filter(|&&n| units.contains(&(n as usize))).count()
    }

    /// The Euclidean norm of the gradient with respect to each array of the file.
    pub fn gradient_norms(&self, gradient: &Gradient) -> Vec<(&'static str, f64)> {
        let layout = self.network.layout();
        let norm = |&(name, projection): &(&'static str, ProjectionId)| {
            let values = &gradient.parameters[layout.weights(projection)];
            let squares: f64 = values.iter().map(|value| value * value).sum();
            (name, squares.sqrt() / TAU_MEMBRANE)
        };
        self.weights.iter().map(norm).collect()
    }
}
