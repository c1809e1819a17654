//! The voltages and synaptic currents of any neurons at any times.

use ndarray::Array2;

use super::Problem;
use super::history::{History, Spikes};
use crate::dynamics::GivenEvent;
use crate::event::Recording;
use crate::network::{Form, PopulationId};
use crate::{Error, Result};

/// What some neurons did at some times of one sample.
#[derive(Debug, Clone, PartialEq)]
pub struct StateTrace {
    /// V, `[neuron x time]`, in the order in which they were asked for.
    pub voltages: Array2<f64>,
    /// The synaptic current I, of all receptors together, `[neuron x time]`, in units of V per ms.
    pub currents: Array2<f64>,
}

impl Problem<'_> {
    /// V and the synaptic current of `neurons` (counted over all populations, spiking or not) of one sample at `times`,
    /// in ms, ascending.
    ///
    /// The spikes are the recording's, of whatever engine or simulator; between events the state follows the closed
    /// form. At the time of a neuron's own spike V is what the reset made of it; what arrives at a time is not yet in
    /// the state at that time.
    ///
    /// # Errors
    /// A problem or recording that do not fit together; a sample, a neuron or a time that there is not.
    ///
    /// ```
    /// use spikefront::cpu::CpuEngine;
    /// use spikefront::event::{Spike, SpikeBatch};
    /// use spikefront::network::{Network, Neuron, Projection};
    /// use spikefront::{Engine, Problem, SimulationOptions};
    ///
    /// let mut network = Network::builder();
    /// let input = network.input("input", 1);
    /// let neuron = network.population("neuron", 1, Neuron::leaky_integrate_and_fire());
    /// network.connect(input, neuron, Projection::dense(ndarray::array![[0.1]]));
    /// let network = network.build()?;
    /// let parameters = network.parameters(0);
    /// let mut inputs = SpikeBatch::new();
    /// inputs.push_sample(&[Spike { unit: 0, time: 1.0 }])?;
    /// let options = SimulationOptions::new(10.0);
    /// let problem = Problem { network: &network, parameters: &parameters, inputs: &inputs, options: &options };
    /// let recording = CpuEngine::new().simulate(&problem)?;
    /// let trace = problem.states(&recording, 0, &[0], &[1.0, 6.0])?;
    /// assert_eq!(trace.currents[[0, 0]], 0.0); // not arrived yet
    /// assert!(trace.voltages[[0, 1]] > 0.0);
    /// # Ok::<(), spikefront::Error>(())
    /// ```
    pub fn states(
        &self,
        recording: &Recording,
        sample: usize,
        neurons: &[usize],
        times: &[f64],
    ) -> Result<StateTrace> {
        let computed = self.computed(Form::Synapses)?;
        let problem = &computed.problem();
        self.check_recording(recording)?;
        recording.check_sample(sample)?;
        let n_neurons = self.network.n_neurons();
        if let Some(neuron) = neurons.iter().find(|&&neuron| neuron >= n_neurons) {
            let remedy = format!("the network has {n_neurons}, counted from 0");
            return Err(Error::invalid("neuron", neuron, remedy));
        }
        check_times(times, recording.ends()[sample])?;
        let range = recording.range(sample);
        let spikes = Spikes {
            times: &recording.times()[range.clone()],
            neurons: &recording.neurons()[range],
        };
        let shape = (neurons.len(), times.len());
        let mut trace = StateTrace {
            voltages: Array2::zeros(shape),
            currents: Array2::zeros(shape),
        };
        let mut latest: Option<(usize, History<'_>)> = None;
        for (row, &neuron) in neurons.iter().enumerate() {
            let populations = self.network.populations();
            let ix = populations.partition_point(|p| p.first_unit <= neuron) - 1;
            let history = match latest.take() {
                Some((same, history)) if same == ix => history,
                _ => History::new(problem, spikes, sample, PopulationId(ix)),
            };
            for receptor in 0..history.receptors() {
                let lived = history.of(neuron - populations[ix].first_unit, receptor, times);
                let mut column = 0;
                let events = lived.events.iter().copied();
                lived.dynamics.follow(lived.start, events, |_, step| {
                    if step.event == GivenEvent::Ask {
                        trace.voltages[[row, column]] += step.end.potential + lived.rest;
                        trace.currents[[row, column]] += step.end.current;
                        column += 1;
                    }
                });
            }
            latest = Some((ix, history));
        }
        Ok(trace)
    }
}

fn check_times(times: &[f64], end: f64) -> Result<()> {
    let mut previous = 0.0;
    for (ix, &time) in times.iter().enumerate() {
        if !(time >= previous && time <= end) {
            let remedy = format!("give ascending times from 0 to the sample's end, {end} ms");
            return Err(Error::invalid(format!("times[{ix}]"), time, remedy));
        }
        previous = time;
    }
    Ok(())
}
