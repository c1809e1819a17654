//! Until when each neuron is sure not to fire.

use std::ops::Range;

/// So many neurons are passed over together while all of them are quiet.
const BLOCK: usize = 32;

#[derive(Clone, Copy)]
struct Outlook {
    /// Until when it is sure not to fire, in ms; the end of time where its next event is in the queue.
    quiet: f64,
    /// How often something has happened to it.
    version: u32,
}

/// The outlooks of all neurons of a stage.
pub(super) struct Outlooks {
    each: Vec<Outlook>,
    /// For each block of neurons a time until which all of them are quiet, in ms.
    blocks: Vec<f64>,
    /// A time until which all neurons are, in ms.
    all: f64,
}

impl Outlooks {
    /// Of so many neurons that may fire at once at `now`.
    pub fn new(neurons: usize, now: f64) -> Self {
        let outlook = Outlook {
            quiet: now,
            version: 0,
        };
        Self {
            each: vec![outlook; neurons],
            blocks: vec![now; neurons.div_ceil(BLOCK)],
            all: now,
        }
    }

    pub fn version(&self, neuron: usize) -> u32 {
        self.each[neuron].version
    }

    /// Something happens to a neuron: what was expected of it before is outdated.
    pub fn change(&mut self, neuron: usize) {
        self.each[neuron].version += 1;
    }

    /// A neuron is quiet until a time.
    pub fn keep_quiet(&mut self, neuron: usize, until: f64) {
        self.each[neuron].quiet = until;
        let block = &mut self.blocks[neuron / BLOCK];
        *block = block.min(until);
        self.all = self.all.min(until);
    }

    /// A neuron's next event is in the queue, or it has none.
    pub fn leave_out(&mut self, neuron: usize) {
        self.each[neuron].quiet = f64::MAX;
    }

    /// A time until which all neurons that are not left out are quiet, in ms.
    pub fn all_quiet(&self) -> f64 {
        self.all
    }

    pub fn n_blocks(&self) -> usize {
        self.blocks.len()
    }

    /// The neurons of a block, where some of them may fire before a time.
    pub fn due(&self, block: usize, before: f64) -> Option<Range<usize>> {
        let first = block * BLOCK;
        (self.blocks[block] < before).then(|| first..(first + BLOCK).min(self.each.len()))
    }

    /// Whether a neuron may fire before a time.
    pub fn is_due(&self, neuron: usize, before: f64) -> bool {
        self.each[neuron].quiet < before
    }

    /// Takes together what is known of the neurons of a block.
    pub fn settle(&mut self, block: usize) {
        let first = block * BLOCK;
        let neurons = &self.each[first..(first + BLOCK).min(self.each.len())];
        let quiet = neurons.iter().map(|outlook| outlook.quiet);
        self.blocks[block] = quiet.fold(f64::MAX, f64::min);
    }

    /// Takes together what is known of all blocks.
    pub fn settle_all(&mut self) {
        self.all = self.blocks.iter().copied().fold(f64::MAX, f64::min);
    }
}
