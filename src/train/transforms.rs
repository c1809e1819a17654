//! In which form values are trained.

use std::ops::Range;

use crate::network::Network;
pub(super) use crate::session::{TrainedTensor, Transform};

/// The transforms of all tensors, in the order of the layout.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Transforms(Vec<(Range<usize>, Transform)>);

impl Transforms {
    /// All values as they are.
    pub fn new(network: &Network) -> Self {
        let tensors = network.layout().tensors().iter();
        Self(
            tensors
                .map(|tensor| (tensor.range.clone(), Transform::Identity))
                .collect(),
        )
    }

    /// Sets that of the tensors that lie within `range`: of synaptic time constants there is one for each receptor.
    pub fn set(&mut self, range: &Range<usize>, transform: Transform) {
        let within = |of: &Range<usize>| range.start <= of.start && of.end <= range.end;
        for (_, own) in self.0.iter_mut().filter(|(of, _)| within(of)) {
            *own = transform.clone();
        }
    }

    /// The tensors that are trained; all values of a tensor have one multiple.
    pub fn trained(&self, multiples: &[f64]) -> Vec<TrainedTensor> {
        let first = |range: &Range<usize>| multiples[range.clone()].first().copied();
        let trained = |(range, transform): &(Range<usize>, Transform)| {
            let multiple = first(range).filter(|&multiple| multiple > 0.0)?;
            Some(TrainedTensor {
                range: range.clone(),
                multiple,
                transform: transform.clone(),
            })
        };
        self.0.iter().filter_map(trained).collect()
    }

    fn logarithms(&self) -> impl Iterator<Item = Range<usize>> {
        let all = self.0.iter();
        let logarithms = all.filter(|(_, transform)| *transform == Transform::Logarithm);
        logarithms.map(|(range, _)| range.clone())
    }

    /// Turns derivatives by values into those by what is stepped: dL/d(ln x) = x dL/dx.
    pub fn gradient(&self, values: &[f64], gradient: &mut [f64]) {
        for range in self.logarithms() {
            for (slope, value) in gradient[range.clone()].iter_mut().zip(&values[range]) {
                *slope *= value;
            }
        }
    }

    /// What is stepped, given the values.
    pub fn forward(&self, values: &mut [f64]) {
        for range in self.logarithms() {
            values[range]
                .iter_mut()
                .for_each(|value| *value = value.ln());
        }
    }

    /// The values after a step: `before` are those before it, `stepped` is what [`forward`](Self::forward) made of them with the
    /// step on it, of each of which `multiples` says how much is taken. What is not trained, multiple 0, stays bit for bit.
    pub fn settle(&self, before: &[f64], multiples: &[f64], stepped: &mut [f64]) {
        for (range, transform) in &self.0 {
            let is_logarithm = *transform == Transform::Logarithm;
            for ix in range.clone() {
                let (old, multiple) = (before[ix], multiples[ix]);
                stepped[ix] = match (multiple == 0.0, is_logarithm) {
                    (true, _) => old,
                    (_, true) => old * (multiple * (stepped[ix] - old.ln())).exp(),
                    // Exact where the rate is the trainer's.
                    _ if multiple == 1.0 => stepped[ix],
                    _ => old + multiple * (stepped[ix] - old),
                };
            }
            if let Transform::Floor(floors) = transform {
                for (ix, floor) in range.clone().zip(floors) {
                    if multiples[ix] > 0.0 {
                        stepped[ix] = stepped[ix].max(*floor);
                    }
                }
            }
        }
        // Once thresholds are where they stay.
        for (range, transform) in &self.0 {
            if let Transform::Below {
                thresholds,
                margins,
            } = transform
            {
                let is_shared = range.len() == 1;
                for (neuron, (threshold, margin)) in thresholds.clone().zip(margins).enumerate() {
                    let ix = range.start + if is_shared { 0 } else { neuron };
                    if multiples[ix] > 0.0 {
                        stepped[ix] = stepped[ix].min(stepped[threshold] - margin);
                    }
                }
            }
        }
    }
}

#[cfg(test)]
#[path = "transforms_tests.rs"]
mod tests;
