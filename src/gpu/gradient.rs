//! Gradients over a recording, chunk by chunk of samples.

use super::engine::Inner;
use super::rows::{Row, clear_unasked};
use crate::Result;
use crate::engine::{Cotangent, Gradient, GradientOptions, Jacobian, Method};
use crate::event::Recording;
use crate::problem::Problem;

impl Inner<'_> {
    /// One sample's Jacobian, by either method.
    pub async fn jacobian(
        &mut self,
        problem: &Problem<'_>,
        recording: &Recording,
        sample: usize,
        options: &GradientOptions,
    ) -> Result<Jacobian> {
        recording.check_sample(sample)?;
        Jacobian::check_memory(problem, recording, sample)?;
        match options.method {
            Method::Adjoint => {
                self.adjoint_jacobian(problem, recording, sample, options)
                    .await
            }
            Method::Forward => {
                self.forward_jacobian(problem, recording, sample, options)
                    .await
            }
        }
    }

    /// The gradient of a batch, by either method.
    pub async fn gradient(
        &mut self,
        problem: &Problem<'_>,
        recording: &Recording,
        cotangent: &Cotangent,
        options: &GradientOptions,
    ) -> Result<Gradient> {
        let n_values = problem.network.layout().len();
        let mut gradient = Gradient {
            parameters: vec![0.0; n_values],
            input_times: Vec::new(),
            grazing_spikes: problem.grazing_spikes(recording, 0..recording.n_spikes(), options),
        };
        let mut first = 0;
        while first < recording.n_samples() {
            let rows: Vec<Row<'_>> = (first..recording.n_samples())
                .map(|sample| Row {
                    sample,
                    cotangent,
                    only: None,
                })
                .collect();
            let swept = match options.method {
                Method::Adjoint => {
                    self.sweep(problem, recording, &rows, options, false)
                        .await?
                }
                Method::Forward => self.propagate(problem, recording, &rows, options).await?,
            };
            for (sum, &value) in gradient
                .parameters
                .iter_mut()
                .zip(&swept.values[..n_values])
            {
                *sum += f64::from(value);
            }
            if options.input_times {
                for slot in 0..swept.n_slots {
                    gradient
                        .input_times
                        .extend(swept.input_times(problem, first + slot, slot));
                }
            }
            first += swept.n_slots;
        }
        clear_unasked(problem, options, &mut gradient.parameters);
        Ok(gradient)
    }
}
