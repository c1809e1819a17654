//! Recorders of potentials and currents: what a block samples for them.

use super::GpuStream;
use super::layout::{SparseNext, SparseSample};
use super::tables::kinds;
use crate::Result;
use crate::dynamics::MAX_CURRENTS;
use crate::gpu::kernel::Role;
use crate::gpu::kernels::sparse_record::{self, SparseRecordParameters};
use crate::gpu::layout::WORKGROUP;
use crate::gpu::schedule::Schedule;
use crate::network::NetworkInRows;
use crate::stream::{StateRecorder, StateSample};

/// Samples of a block, beyond which it has fewer windows.
const MOST_SAMPLES: u64 = 1 << 20;

/// What is known of a network for its recorders, and those.
#[derive(Debug, Default)]
pub(super) struct Recording {
    recorders: Vec<StateRecorder>,
    /// The potential to which each neuron decays: from which neuron on, counted through the network.
    rests: Vec<(u32, f64)>,
    /// Drives of the neuron with most of them.
    most_drives: u32,
}

/// What one recorder asks of one window of a block.
#[derive(Debug, PartialEq)]
pub(super) struct Wanted {
    pub window: u32,
    recorder: usize,
    /// Where its samples begin among those of the block.
    first: u32,
    /// Of each sample its number, and when it is since the window's start, in ms.
    times: Vec<(u64, f64)>,
}

impl Recording {
    pub fn new(network: &NetworkInRows) -> Self {
        let mut rests: Vec<(u32, f64)> = Vec::new();
        let mut drives = vec![0; network.populations().len()];
        for drive in &network.drives {
            drives[drive.population] += 1;
        }
        for population in network.populations() {
            for own in kinds(population) {
                let rest = population.neuron.rest.get(own);
                if rests.last().is_none_or(|(_, last)| *last != rest) {
                    rests.push((population.neurons.start + own as u32, rest));
                }
            }
        }
        Self {
            recorders: Vec::new(),
            rests,
            most_drives: drives.into_iter().max().unwrap_or(0),
        }
    }

    fn rest(&self, neuron: u32) -> f64 {
        let after = self.rests.partition_point(|(first, _)| *first <= neuron);
        self.rests[after - 1].1
    }

    /// What is asked of `n_windows` windows of `length` ms, or of as many of the first as have not too many samples.
    fn wanted(&self, window: u32, n_windows: u32, length: f64) -> (Vec<Wanted>, u32) {
        let (mut wanted, mut n_samples) = (Vec::new(), 0);
        for place in 0..n_windows {
            let window = window + place;
            let (n_before, samples_before) = (wanted.len(), n_samples);
            for (number, recorder) in self.recorders.iter().enumerate() {
                let times = recorder.within(window.into(), length);
                if times.is_empty() {
                    continue;
                }
                let first = n_samples as u32;
                n_samples += times.len() as u64 * recorder.neurons.len() as u64;
                wanted.push(Wanted {
                    window,
                    recorder: number,
                    first,
                    times,
                });
            }
            if n_samples > MOST_SAMPLES && samples_before > 0 {
                wanted.truncate(n_before);
                return (wanted, place);
            }
        }
        (wanted, n_windows)
    }

    /// Where and when the samples of a block are, for the device.
    pub fn samples(&self, wanted: &[Wanted]) -> Vec<SparseSample> {
        let of = |wanted: &Wanted| {
            let offsets: Vec<f32> = wanted.times.iter().map(|(_, at)| *at as f32).collect();
            let neurons = self.recorders[wanted.recorder].neurons.clone();
            neurons.flat_map(move |_| {
                let sample = |offset| SparseSample {
                    offset,
                    ..SparseSample::default()
                };
                offsets.clone().into_iter().map(sample)
            })
        };
        wanted.iter().flat_map(of).collect()
    }

    /// What a recorder found in a window, given the samples of the block: by time, then neuron.
    pub fn found<'a>(
        &'a self,
        wanted: &'a Wanted,
        samples: &'a [SparseSample],
    ) -> impl Iterator<Item = StateSample> + 'a {
        let neurons = self.recorders[wanted.recorder].neurons.clone();
        let n_times = wanted.times.len();
        let at = move |ix: usize, own: usize| &samples[wanted.first as usize + own * n_times + ix];
        wanted.times.iter().enumerate().flat_map(move |(ix, time)| {
            let sample = move |(own, neuron)| {
                let cell = &at(ix, own).cell;
                let mut currents = [0.0; MAX_CURRENTS];
                let parts = cell.currents.iter().zip(&cell.lost_currents);
                for (current, (most, rest)) in currents.iter_mut().zip(parts) {
                    *current = f64::from(*most) + f64::from(*rest);
                }
                let potential = f64::from(cell.potential) + f64::from(cell.lost);
                StateSample {
                    recorder: wanted.recorder,
                    number: time.0,
                    neuron,
                    potential: potential + self.rest(neuron),
                    currents,
                }
            };
            neurons.clone().enumerate().map(sample)
        })
    }
}

impl GpuStream {
    /// Records states of neurons from now on, in single precision, as
    /// [`CpuStream::record`](crate::cpu::stream::CpuStream::record) does: recording changes no bit of a run.
    ///
    /// # Errors
    /// Neurons that there are not, times that are not finite, or too many; a device that refuses the kernel.
    pub fn record(&mut self, recorder: StateRecorder) -> Result<usize> {
        pollster::block_on(self.record_async(recorder))
    }

    /// As [`record`](Self::record), where blocking is not possible.
    ///
    /// # Errors
    /// As there.
    pub async fn record_async(&mut self, recorder: StateRecorder) -> Result<usize> {
        recorder.check(self.n_neurons)?;
        if self.recording.recorders.is_empty() {
            self.device.compile(&[&sparse_record::SOURCE]).await?;
        }
        let most = self.recording.recorders.iter().map(|r| r.neurons.len());
        let most = most.chain([recorder.neurons.len()]).max().unwrap_or(0);
        let next = most as u64 * u64::from(self.recording.most_drives);
        self.ensure(
            Role::RecordedNext,
            next * size_of::<SparseNext>() as u64,
            "the drives of recorded neurons",
        )?;
        self.recording.recorders.push(recorder);
        Ok(self.recording.recorders.len() - 1)
    }

    /// What recorders ask of the next windows, and how many of those a block may have.
    pub(super) fn wanted(&self, n_windows: u32) -> (Vec<Wanted>, u32) {
        self.recording.wanted(self.now, n_windows, self.window)
    }

    /// Adds what samples for recorders in a window.
    pub(super) fn push_records(&self, schedule: &mut Schedule, window: u32, wanted: &[Wanted]) {
        for wanted in wanted.iter().filter(|wanted| wanted.window == window) {
            let neurons = &self.recording.recorders[wanted.recorder].neurons;
            let parameters = SparseRecordParameters {
                window,
                window_length: self.window as f32,
                n_populations: self.n_populations,
                queue_capacity: self.room.queued,
                first_neuron: neurons.start,
                n_neurons: neurons.len() as u32,
                n_samples: wanted.times.len() as u32,
                first_sample: wanted.first,
                most_drives: self.recording.most_drives,
                n_passes: self.room.passes,
                zero: 0,
            };
            let groups = parameters.n_neurons.div_ceil(WORKGROUP);
            schedule.push(parameters, [groups, 1, 1]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recording(every: f64, neurons: std::ops::Range<u32>) -> Recording {
        Recording {
            recorders: vec![StateRecorder {
                neurons,
                every,
                from: 0.0,
                until: 1e6,
            }],
            rests: vec![(0, -50.0), (7, -60.0)],
            most_drives: 0,
        }
    }

    #[test]
    fn a_block_has_fewer_windows_where_there_are_many_samples() {
        let few = recording(2.0, 0..10);
        let (wanted, n_windows) = few.wanted(3, 5, 1.0);
        assert_eq!(n_windows, 5);
        let expected: Vec<_> = wanted.iter().map(|w| (w.window, w.first)).collect();
        assert_eq!(expected, [(4, 0), (6, 10)]);
        let many = recording(1.0, 0..1 << 18);
        assert_eq!(many.wanted(0, 64, 1.0).1, 4);
        assert_eq!(recording(1.0, 0..1 << 22).wanted(0, 64, 1.0).1, 1);
    }

    #[test]
    fn samples_come_by_time_then_neuron() {
        let recording = recording(0.5, 6..8);
        let (wanted, _) = recording.wanted(2, 1, 1.0);
        let mut samples = recording.samples(&wanted);
        let offsets: Vec<f32> = samples.iter().map(|sample| sample.offset).collect();
        assert_eq!(offsets, [0.0, 0.5, 0.0, 0.5]);
        for (ix, sample) in samples.iter_mut().enumerate() {
            sample.cell.potential = ix as f32;
            sample.cell.lost_currents[1] = 0.25;
        }
        let found: Vec<_> = recording.found(&wanted[0], &samples).collect();
        let told: Vec<_> = found
            .iter()
            .map(|s| (s.number, s.neuron, s.potential))
            .collect();
        let expected = [(4, 6, -50.0), (4, 7, -58.0), (5, 6, -49.0), (5, 7, -57.0)];
        assert_eq!(told, expected);
        assert_eq!(found[0].currents, [0.0, 0.25, 0.0, 0.0]);
    }
}
