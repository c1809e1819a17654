//! How many receptors neurons have, which says which of two texts a kernel is made of.

use super::layout::{State, StateOfSeveral};
use crate::network::{MAX_RECEPTORS, Network};

/// How many receptors the neurons of a network have.
///
/// One word for one current, or four words for up to four: what kernels keep of a neuron has other sizes. The constants of shaders from
/// which these follow are compared with them by a test.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Receptors {
    /// All of them have one.
    #[default]
    One,
    /// Some have two to four.
    Several,
}

impl Receptors {
    /// Both.
    pub const BOTH: [Self; 2] = [Self::One, Self::Several];

    /// Those of a network.
    pub(super) fn of(network: &Network) -> Self {
        let mut populations = network.populations().iter();
        match populations.any(|population| population.neuron.tau_synapse.len() > 1) {
            true => Self::Several,
            false => Self::One,
        }
    }

    /// `CURRENT_WORDS`: how many numbers the currents of a neuron are.
    pub fn current_words(self) -> usize {
        match self {
            Self::One => 1,
            Self::Several => MAX_RECEPTORS,
        }
    }

    /// Words of the `State` of one neuron.
    pub fn state_words(self) -> usize {
        let bytes = match self {
            Self::One => size_of::<State>(),
            Self::Several => size_of::<StateOfSeveral>(),
        };
        bytes / 4
    }

    /// Which words of it are places of spikes: its first and its last.
    pub(super) fn state_places(self) -> [usize; 2] {
        let bytes = match self {
            Self::One => [
                std::mem::offset_of!(State, first),
                std::mem::offset_of!(State, last),
            ],
            Self::Several => [
                std::mem::offset_of!(StateOfSeveral, first),
                std::mem::offset_of!(StateOfSeveral, last),
            ],
        };
        bytes.map(|bytes| bytes / 4)
    }

    /// `LANE_WORDS`: those of a sweep's state of one neuron.
    pub fn lane_words(self) -> usize {
        7 + self.current_words()
    }

    /// `SENSITIVITY_WORDS`: those of the state of one neuron in one column.
    pub fn sensitivity_words(self) -> usize {
        2 + self.current_words()
    }

    /// `OWN_WORDS`: those of the state of one neuron with the derivatives by its own values.
    pub fn own_words(self) -> usize {
        5 + 4 * self.current_words()
    }

    /// `OWN_DERIVATIVES`: how many own values a neuron has.
    pub fn own_derivatives(self) -> usize {
        3 + self.current_words()
    }
}
