//! Running a case and reading the answer in the case's numbering.

use ndarray::ArrayView2;

use super::network::CaseNetwork;
use super::read::Case;
use super::result::{CaseJacobian, CaseResult, CaseSpike};
use crate::event::Recording;
use crate::{Engine, GradientOptions, Method, Problem};
use crate::{Error, Result};

/// The largest Jacobian that is worth the memory, in entries: 1 GiB.
const MOST_ENTRIES: usize = 1 << 27;

impl Case {
    /// Runs the case and differentiates every spike time.
    ///
    /// # Errors
    /// A case too large to be one; whatever the engine refuses.
    pub fn run(&self, engine: &dyn Engine, method: Method) -> Result<CaseResult> {
        self.network()?.run(engine, method)
    }
}

impl CaseNetwork {
    /// The problem that engines solve.
    pub fn problem(&self) -> Problem<'_> {
        Problem {
            network: &self.network,
            parameters: &self.parameters,
            inputs: &self.inputs,
            options: &self.options,
        }
    }

    /// The spikes in order of (time, neuron).
    ///
    /// # Errors
    /// Whatever the engine refuses.
    pub fn spikes(&self, engine: &dyn Engine) -> Result<Vec<CaseSpike>> {
        let recording = engine.simulate(&self.problem())?;
        let spikes = self.ordered(&recording);
        Ok(spikes.into_iter().map(|(_, spike)| spike).collect())
    }

    /// The spikes and their derivatives.
    ///
    /// # Errors
    /// More spikes times parameters than fit into memory; whatever the engine refuses.
    pub fn run(&self, engine: &dyn Engine, method: Method) -> Result<CaseResult> {
        let problem = self.problem();
        let recording = engine.simulate(&problem)?;
        let n_columns = self.parameters.values().len() + self.input_spikes.len();
        if recording.n_spikes().saturating_mul(n_columns) > MOST_ENTRIES {
            return Err(Error::invalid(
                "size of the Jacobian",
                format!("{} x {n_columns}", recording.n_spikes()),
                format!("make the case smaller: up to {MOST_ENTRIES} entries are computed"),
            ));
        }
        let options = GradientOptions::everything(method);
        let jacobian = engine.jacobian(&problem, &recording, 0, &options)?;
        let spikes = self.ordered(&recording);
        let rows: Vec<usize> = spikes.iter().map(|&(row, _)| row).collect();
        let parameters = jacobian.parameters.view();
        let delays: Option<Vec<usize>> = self.delays.iter().copied().collect();
        let delays = delays.filter(|_| self.has_delay_derivatives);
        Ok(CaseResult {
            grazing_spikes: jacobian.grazing_spikes,
            jacobian: CaseJacobian {
                weights: pick(parameters, &rows, &self.weights),
                delays: delays.map(|columns| pick(parameters, &rows, &columns)),
                thresholds: pick(parameters, &rows, &self.thresholds),
                input_times: pick(jacobian.input_times.view(), &rows, &self.input_spikes),
            },
            spikes: spikes.into_iter().map(|(_, spike)| spike).collect(),
        })
    }

    /// The recording's spikes with their place in it, in the case's order of (time, neuron).
    fn ordered(&self, recording: &Recording) -> Vec<(usize, CaseSpike)> {
        let mut neurons = vec![0; self.units.len()];
        for (neuron, &unit) in self.units.iter().enumerate() {
            neurons[unit] = neuron;
        }
        let mut spikes: Vec<(usize, CaseSpike)> = recording
            .sample(0)
            .map(|spike| CaseSpike {
                neuron: neurons[spike.unit],
                time: spike.time,
            })
            .enumerate()
            .collect();
        spikes.sort_by(|(_, x), (_, y)| x.time.total_cmp(&y.time).then(x.neuron.cmp(&y.neuron)));
        spikes
    }
}

fn pick(matrix: ArrayView2<'_, f64>, rows: &[usize], columns: &[usize]) -> Vec<Vec<f64>> {
    rows.iter()
        .map(|&row| {
            columns
                .iter()
                .map(|&column| matrix[[row, column]])
                .collect()
        })
        .collect()
}
