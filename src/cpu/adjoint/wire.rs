//! A partial gradient, from rank to rank.

use super::Partial;
use crate::cpu::compiled::Compiled;
use crate::cpu::words::{Words, copy_numbers, put_numbers};
use crate::cpu::workers::Wire;
use crate::cpu::workspace::Pool;

/// Weights go as they lie in blocks, so that what is added is what one process adds.
pub(super) struct Blockwise<'a> {
    pub compiled: &'a Compiled<'a>,
    pub pool: &'a Pool,
}

impl Wire<Partial> for Blockwise<'_> {
    fn write(&self, partial: &Partial, words: &mut Vec<u64>) {
        for blocks in partial.blocks.iter().flatten() {
            put_numbers(words, blocks.values());
        }
        put_numbers(words, &partial.flat);
        put_numbers(words, &partial.input_times);
    }

    fn read(&self, words: &mut Words<'_>) -> Option<Partial> {
        let mut blocks = Vec::with_capacity(self.compiled.populations.len());
        for population in &self.compiled.populations {
            let Some(weights) = &population.weights else {
                blocks.push(None);
                continue;
            };
            let mut theirs = self.pool.zeros_like(weights);
            let values = words.list()?;
            copy_numbers(values, theirs.values_mut().get_mut(..values.len())?);
            blocks.push(Some(theirs));
        }
        let values = words.list()?;
        // From the pool, which takes it back.
        let mut flat = self.pool.flat_zeros(values.len());
        copy_numbers(values, &mut flat);
        Some(Partial {
            blocks,
            flat,
            input_times: words.numbers()?,
        })
    }
}
