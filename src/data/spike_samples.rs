//! What a network did in each sample, as a file.

use std::io::{Cursor, Seek, Write};
use std::ops::Range;
use std::path::Path;

use zip::result::ZipResult;

use super::NpzWriter;
use crate::event::{Recording, SpikeBatch};
use crate::files::write_atomically;
use crate::{Error, Result};

/// Adds spikes of samples to an archive: `times` (ms) and `units`, sample after sample; `offsets` `[sample + 1]`; `populations`
/// and `bounds` `[population + 1]`, the units of each.
pub(crate) fn add_spikes<W: Write + Seek>(
    npz: &mut NpzWriter<W>,
    spikes: &SpikeBatch,
    populations: &[(String, Range<usize>)],
) -> ZipResult<()> {
    let whole = |value: usize| value as i64;
    npz.add("times", &[spikes.n_spikes()], spikes.times())?;
    let units: Vec<i64> = spikes.units().iter().map(|&unit| unit.into()).collect();
    npz.add_whole("units", &units)?;
    let ends = (0..spikes.n_samples()).map(|sample| whole(spikes.range(sample).end));
    let offsets: Vec<i64> = std::iter::once(0).chain(ends).collect();
    npz.add_whole("offsets", &offsets)?;
    let names: Vec<String> = populations.iter().map(|(name, _)| name.clone()).collect();
    npz.add_texts("populations", &names)?;
    let ends = populations.iter().map(|(_, units)| whole(units.end));
    let bounds: Vec<i64> = std::iter::once(0).chain(ends).collect();
    npz.add_whole("bounds", &bounds)
}

/// Writes all spikes of a recording to an `.npz` file, and the voltages of its readouts. `populations` are the names and units of
/// the network's populations.
///
/// | array | what |
/// |---|---|
/// | `times`, `units` | of all spikes, ms and whole numbers, sample after sample |
/// | `offsets` | `[sample + 1]`, where each sample begins in them, and the last ends |
/// | `populations` | `[population]`, texts |
/// | `bounds` | `[population + 1]`: units from `bounds[p]` to below `bounds[p + 1]` are of population p |
/// | `voltage_times` | `[time]`, ms, where there are readouts |
/// | `voltages of NAME` | `[sample x time x neuron]` of the readout NAME |
///
/// # Errors
/// A file that cannot be written.
pub fn write_recording(
    path: impl AsRef<Path>,
    recording: &Recording,
    populations: &[(String, Range<usize>)],
) -> Result<()> {
    let path = path.as_ref();
    let failed = |e| Error::io("write", path, std::io::Error::other(e));
    let mut spikes = SpikeBatch::new();
    for sample in 0..recording.n_samples() {
        let all: Vec<_> = recording.sample(sample).collect();
        spikes.push_sample(&all)?;
    }
    let mut npz = NpzWriter::new(Cursor::new(Vec::new()));
    let write = |npz: &mut NpzWriter<_>| -> ZipResult<()> {
        add_spikes(npz, &spikes, populations)?;
        let times = recording.voltage_times();
        if !recording.readouts().is_empty() {
            npz.add("voltage_times", &[times.len()], times)?;
        }
        for readout in recording.readouts() {
            let (name, units) = &populations[readout.population];
            let shape = [recording.n_samples(), times.len(), units.len()];
            npz.add(&format!("voltages of {name}"), &shape, &readout.voltages)?;
        }
        Ok(())
    };
    write(&mut npz).map_err(failed)?;
    write_atomically(path, npz.finish().map_err(failed)?.into_inner())
}
