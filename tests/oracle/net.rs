//! A network of a few neurons as plain numbers, and as the JSON of a case.

use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Net {
    #[serde(default)]
    pub name: String,
    pub inputs: usize,
    pub neurons: Vec<NeuronOf>,
    pub synapses: Vec<SynapseOf>,
    pub input_spikes: Vec<Vec<f64>>,
    pub end: f64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NeuronOf {
    pub tau_membrane: f64,
    pub tau_synapse: f64,
    pub threshold: f64,
    #[serde(default)]
    pub drive: f64,
    #[serde(default)]
    pub initial: f64,
    pub reset: ResetOf,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum ResetOf {
    Soft,
    Hard { potential: f64, refractory: f64 },
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct SynapseOf {
    pub source: SourceOf,
    pub target: usize,
    pub weight: f64,
    pub delay: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SourceOf {
    Input(usize),
    Neuron(usize),
}

/// Something that spike times depend on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Value {
    Weight(usize),
    Delay(usize),
    Threshold(usize),
    /// Input and spike of it.
    InputTime(usize, usize),
    TauMembrane(usize),
    TauSynapse(usize),
    Drive(usize),
}

impl Net {
    pub fn json(&self) -> String {
        serde_json::to_string(self).expect("numbers are finite")
    }

    /// The reset, with the potential of a hard one.
    pub fn is_soft(&self, neuron: usize) -> bool {
        self.neurons[neuron].reset == ResetOf::Soft
    }

    /// Everything that a rounding may touch.
    pub fn values(&self) -> Vec<Value> {
        let mut values: Vec<Value> = Vec::new();
        for (input, times) in self.input_spikes.iter().enumerate() {
            values.extend((0..times.len()).map(|spike| Value::InputTime(input, spike)));
        }
        values.extend((0..self.synapses.len()).map(Value::Weight));
        values.extend((0..self.synapses.len()).map(Value::Delay));
        for neuron in 0..self.neurons.len() {
            values.push(Value::Threshold(neuron));
            values.push(Value::TauMembrane(neuron));
            values.push(Value::TauSynapse(neuron));
            values.push(Value::Drive(neuron));
        }
        values
    }

    pub fn value_mut(&mut self, value: Value) -> &mut f64 {
        match value {
            Value::Weight(ix) => &mut self.synapses[ix].weight,
            Value::Delay(ix) => &mut self.synapses[ix].delay,
            Value::Threshold(ix) => &mut self.neurons[ix].threshold,
            Value::InputTime(input, spike) => &mut self.input_spikes[input][spike],
            Value::TauMembrane(ix) => &mut self.neurons[ix].tau_membrane,
            Value::TauSynapse(ix) => &mut self.neurons[ix].tau_synapse,
            Value::Drive(ix) => &mut self.neurons[ix].drive,
        }
    }

    pub fn value(&self, value: Value) -> f64 {
        *self.clone().value_mut(value)
    }
}
