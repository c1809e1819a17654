//! What one long run finds, put as a batch tells it.

use std::collections::BTreeMap;

use spikefront::Result;
use spikefront::cpu::stream::{
    CpuStream, SpikeDerivatives, StreamGradientOptions, StreamOptions, StreamParameter,
    stream_derivatives, stream_gradient,
};

use super::forms::{Both, Derivatives, Of, number, slope};
use super::networks::DURATION;

/// What a long run finds.
struct OfRows {
    weights: Vec<f64>,
    delays: Vec<f64>,
    thresholds: Vec<f64>,
    initial: Vec<f64>,
    drives: Vec<f64>,
    /// `[channel][spike]`.
    times: Vec<Vec<f64>>,
}

impl Both {
    /// Puts what a long run finds, synapse by synapse and so on, as a batch tells it.
    fn as_batch(&self, found: &OfRows) -> Derivatives {
        let mut all = Derivatives::new();
        let mut add = |of: Of, value: f64| *all.entry(of).or_default() += value;
        let mut shared = BTreeMap::new();
        for connection in self.batch.connections() {
            let source = number(&self.rows, connection.source);
            let place = (source, connection.target.index(), connection.receptor());
            shared.insert(place, connection.has_shared_delay());
        }
        for (ix, synapse) in self.rows.placed_synapses().enumerate() {
            let source = number(&self.rows, synapse.source);
            let (from, target, receptor) =
                (synapse.source_number, synapse.target, synapse.receptor);
            let (weight, delay) = (synapse.weight.to_bits(), synapse.delay.to_bits());
            add(
                Of::Weight(source, from, target, receptor, weight, delay),
                found.weights[ix],
            );
            let populations = self.rows.populations();
            let population = populations.partition_point(|p| p.neurons.end <= target);
            match shared[&(source, population, receptor)] {
                true => add(
                    Of::SharedDelay(source, population, receptor),
                    found.delays[ix],
                ),
                false => add(
                    Of::Delay(source, from, target, receptor, weight, delay),
                    found.delays[ix],
                ),
            }
        }
        for (ix, population) in self.rows.populations().iter().enumerate() {
            let first = population.neurons.start as usize;
            let is_shared = self.shares_initial(ix);
            for neuron in population.neurons.clone() {
                let neuron = neuron as usize;
                if population.neuron.threshold.is_some() {
                    add(Of::Threshold(neuron), found.thresholds[neuron]);
                }
                let of = if is_shared { first } else { neuron };
                add(Of::Initial(of), found.initial[neuron]);
            }
        }
        for (ix, value) in found.drives.iter().enumerate() {
            add(Of::Drive(ix), *value);
        }
        for (channel, times) in found.times.iter().enumerate() {
            for (ix, value) in times.iter().enumerate() {
                add(Of::Time(channel, ix), *value);
            }
        }
        all
    }

    /// By the sweep backward of a long run.
    pub fn of_rows_backward(&self, options: &StreamGradientOptions) -> Result<Derivatives> {
        let window = self.window(options.window)?;
        let gradient = stream_gradient(
            &self.rows,
            options,
            DURATION,
            |_| Ok(()),
            |spikes, values| {
                for (value, spike) in values.iter_mut().zip(spikes) {
                    *value = slope(spike.time(window), spike.neuron);
                }
            },
        )?;
        let thresholds = &gradient.neuron_thresholds;
        for (population, sum) in self.rows.populations().iter().zip(&gradient.thresholds) {
            let own = population.neurons.start as usize..population.neurons.end as usize;
            assert_eq!(thresholds[own].iter().sum::<f64>(), *sum);
        }
        Ok(self.as_batch(&OfRows {
            weights: gradient.weights,
            delays: gradient.delays,
            thresholds: gradient.neuron_thresholds,
            initial: gradient.initial_potentials,
            drives: gradient.drives,
            times: gradient.generator_times.concat(),
        }))
    }

    /// Forward in time, every parameter a column.
    pub fn of_rows_forward(&self) -> Result<Derivatives> {
        let (rows, synapses) = (&self.rows, self.rows.synapses());
        let neurons = rows.neurons() as u32;
        let spiking = |neuron: &u32| {
            let population = rows
                .populations()
                .iter()
                .find(|p| p.neurons.contains(neuron));
            population.is_some_and(|population| population.neuron.threshold.is_some())
        };
        let mut parameters: Vec<StreamParameter> = Vec::new();
        parameters.extend((0..synapses).map(StreamParameter::Weight));
        parameters.extend((0..synapses).map(StreamParameter::Delay));
        parameters.extend((0..neurons).map(StreamParameter::InitialPotential));
        let generators = rows.generators_named("stimulus")?;
        for channel in 0..3 {
            parameters.extend((0..5).map(|spike| StreamParameter::GeneratorTime {
                generators,
                channel,
                spike,
            }));
        }
        let thresholds: Vec<u32> = (0..neurons).filter(spiking).collect();
        parameters.extend(
            thresholds
                .iter()
                .map(|&n| StreamParameter::NeuronThreshold(n)),
        );
        let drives = usize::from(
            self.batch
                .layout()
                .tensors()
                .iter()
                .any(|t| t.name.starts_with("poisson")),
        );
        parameters.extend((0..drives).map(StreamParameter::Drive));
        let mut sums = vec![0.0; parameters.len()];
        let window = self.window(None)?;
        let add = |found: SpikeDerivatives| {
            let each = found.rows.chunks(sums.len()).zip(found.spikes);
            for (row, spike) in each {
                let factor = slope(spike.time(window), spike.neuron);
                sums.iter_mut()
                    .zip(row)
                    .for_each(|(sum, moved)| *sum += factor * moved);
            }
            Ok(())
        };
        let options = StreamOptions::default();
        stream_derivatives(rows, options, &parameters, 1e-6, DURATION, add)?;
        let mut rest = &sums[..];
        let mut take = |n: usize| {
            let (own, after) = rest.split_at(n);
            rest = after;
            own.to_vec()
        };
        let synapses = synapses as usize;
        let (weights, delays, initial) = (take(synapses), take(synapses), take(neurons as usize));
        let times = take(15);
        let mut of_neurons = vec![0.0; neurons as usize];
        for (neuron, value) in thresholds.iter().zip(take(thresholds.len())) {
            of_neurons[*neuron as usize] = value;
        }
        Ok(self.as_batch(&OfRows {
            weights,
            delays,
            thresholds: of_neurons,
            initial,
            drives: take(drives),
            times: times.chunks(5).map(<[f64]>::to_vec).collect(),
        }))
    }

    fn window(&self, given: Option<f64>) -> Result<f64> {
        let options = StreamOptions::default().window(given);
        Ok(CpuStream::new(&self.rows, options)?.window())
    }
}
