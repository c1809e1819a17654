//! Forward propagation over several ranks: each has the same run, and carries its own share of the columns.

use crate::cpu::stream::forward::Carried;
use crate::network::NetworkInRows;
use crate::ranks::{Ranks, share_of};
use crate::stream::{
    SpikeDerivatives, StreamOptions, StreamParameter, StreamSpike, check_derivatives,
};
use crate::{Error, Result};

/// After so many windows all ranks say that they go on, so that a failure of one ends all soon.
const SIGNAL_EVERY: usize = 256;

/// The gradient of a loss with respect to chosen parameters.
#[derive(Debug, Clone, PartialEq)]
pub struct ParameterGradient {
    /// dL/d(parameter), in the order of the parameters.
    pub values: Vec<f64>,
    /// How many spikes there were.
    pub spikes: u64,
    /// How many of them were slower than the slope floor.
    pub grazing: u64,
}

/// The gradient of a loss with respect to `parameters` by forward propagation: each rank simulates the whole network and carries the
/// derivatives with respect to its own share of the parameters; at the end all ranks have those of all. The same bits on any number
/// of ranks, and those of a sum over what [`stream_derivatives`](crate::cpu::stream::stream_derivatives) hands over, spike by spike.
///
/// Every rank is given the same values, and `cotangent` is called on each with all spikes of a window; it fills in dL/d(spike time),
/// alike everywhere. Columns take memory and time, the run itself is that of every rank: this pays where the columns take longer
/// than the run. Ranks exchange a signal every 256 windows and one list at the end.
///
/// ```
/// use spikefront::cpu::stream::{StreamOptions, StreamParameter, rank_derivatives};
/// use spikefront::ranks::{PATIENCE, cluster};
///
/// let network = spikefront::networks::cuba(0.05, 1).build_in_rows()?;
/// let weights: Vec<_> = (0..5).map(StreamParameter::Weight).collect();
/// let gradients = cluster(2, PATIENCE, |mut ranks| {
///     let options = StreamOptions::default();
///     let sum_of_times = |_: &[_], values: &mut [f64]| values.fill(1.0);
///     rank_derivatives(&network, options, &weights, 1e-6, 20.0, &mut ranks, sum_of_times)
/// });
/// let gradients = gradients.into_iter().collect::<spikefront::Result<Vec<_>>>()?;
/// assert!(gradients[0].values.len() == 5 && gradients[0] == gradients[1]);
/// # Ok::<(), spikefront::Error>(())
/// ```
///
/// # Errors
/// As [`stream_derivatives`](crate::cpu::stream::stream_derivatives); a rank that was given other values, is lost or has failed.
pub fn rank_derivatives(
    network: &NetworkInRows,
    options: StreamOptions,
    parameters: &[StreamParameter],
    slope_floor: f64,
    until: f64,
    ranks: &mut Ranks,
    mut cotangent: impl FnMut(&[StreamSpike], &mut [f64]),
) -> Result<ParameterGradient> {
    let mut work = || {
        check_derivatives(network, parameters, slope_floor, until)?;
        let own = share_of(parameters.len(), ranks.rank(), ranks.size());
        let columns = own.len();
        let carried = Carried::new(network, options, &parameters[own], slope_floor)?;
        let told = [slope_floor, until, carried.window()].map(f64::to_bits);
        are_alike(network, parameters, told, ranks)?;
        contracted((carried, columns), until, ranks, &mut cotangent)
    };
    let ended = work();
    ended.inspect_err(|error| ranks.fail(error))
}

/// # Errors
/// Where another rank has been given something else.
fn are_alike(
    network: &NetworkInRows,
    parameters: &[StreamParameter],
    told: [u64; 3],
    ranks: &mut Ranks,
) -> Result<()> {
    let mut own = told.to_vec();
    own.extend([
        parameters.len() as u64,
        network.neurons() as u64,
        network.synapses(),
    ]);
    match ranks.unlike(own)? {
        None => Ok(()),
        Some(other) => {
            let value = format!("another on rank {other} than on rank 0");
            let remedy = "give all ranks the same network, parameters, slope floor, window and end";
            Err(Error::invalid(
                "what is to be differentiated",
                value,
                remedy,
            ))
        }
    }
}

/// The run to its end, and the gradient.
fn contracted(
    (mut carried, columns): (Carried, usize),
    until: f64,
    ranks: &mut Ranks,
    cotangent: &mut impl FnMut(&[StreamSpike], &mut [f64]),
) -> Result<ParameterGradient> {
    let mut own = vec![0.0; columns];
    let (mut spikes, mut values) = (0, Vec::new());
    let mut add = |found: SpikeDerivatives| {
        spikes += found.spikes.len() as u64;
        values.clear();
        values.resize(found.spikes.len(), 0.0);
        cotangent(found.spikes, &mut values);
        for (value, row) in values.iter().zip(found.rows.chunks(columns.max(1))) {
            let sums = own.iter_mut().zip(row);
            sums.for_each(|(sum, moved)| *sum += value * moved);
        }
        Ok(())
    };
    while carried.end() < until {
        for _ in 0..SIGNAL_EVERY {
            if carried.end() < until {
                carried.step(until, &mut add)?;
            }
        }
        ranks.all_gather(Vec::new())?;
    }
    let all = ranks.all_gather(own.into_iter().map(f64::to_bits).collect())?;
    Ok(ParameterGradient {
        values: all.into_iter().flatten().map(f64::from_bits).collect(),
        spikes,
        grazing: carried.grazing(),
    })
}
