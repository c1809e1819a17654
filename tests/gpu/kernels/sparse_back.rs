//! What the kernels of the way back through a large network have in common, in f64 on the host.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use spikefront::gpu::layout::NONE;
use spikefront::gpu::stream::layout::{
    ADJOINT_WORDS, SparseEvent, SparsePiece, SparsePopulation, SparseSource,
};

use super::mutant;

pub const WINDOW: f32 = 0.5;
pub const RING: u32 = 5;
pub const NEURONS: u32 = 70;
pub const RECEPTORS: u32 = 2;
pub const WORDS: usize = (ADJOINT_WORDS + RECEPTORS) as usize;

/// How far results may be from the host's, of the largest.
pub const NEAR: f64 = 1e-6;

pub fn random(seed: u64) -> impl FnMut(f32, f32) -> f32 {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    move |low, high| rng.random_range(low..high)
}

/// Neurons from `first_neuron` on with rates of their own.
pub fn population(first_neuron: u32, is_held: bool) -> SparsePopulation {
    let rate = 0.05 + 0.01 * first_neuron as f32 / NEURONS as f32;
    let rates = [0.2, 0.4];
    let over = |rate: f32| (-f64::from(rate) * f64::from(WINDOW)).exp_m1() as f32;
    let gain = |a: f32| gain(a.into(), rate.into(), WINDOW.into()) as f32;
    SparsePopulation {
        synapse_rates: [rates[0], rates[1], 0.0, 0.0],
        window_synapse: [over(rates[0]), over(rates[1]), 0.0, 0.0],
        window_gain: [gain(rates[0]), gain(rates[1]), 0.0, 0.0],
        membrane_rate: rate,
        window_membrane: over(rate),
        threshold: 10.0,
        reset_potential: if is_held { -2.0 } else { 3.0 },
        is_held: is_held.into(),
        n_receptors: RECEPTORS,
        first_neuron,
        ..SparsePopulation::default()
    }
}

/// What a current of 1 adds to V over `t` ms.
pub fn gain(a: f64, b: f64, t: f64) -> f64 {
    ((-a * t).exp() - (-b * t).exp()) / (b - a)
}

/// (dL/dV, dL/dI) `t` ms before, for one current.
pub fn earlier(a: f64, b: f64, t: f64, (potential, current): (f64, f64)) -> (f64, f64) {
    let before = current * (-a * t).exp() + potential * gain(a, b, t);
    (potential * (-b * t).exp(), before)
}

/// Adjoints of all neurons at the ends of `RING` windows, and a release's share for each; events of some windows.
pub struct Kept {
    pub adjoints: Vec<f32>,
    pub events: Vec<SparseEvent>,
    pub starts: Vec<u32>,
}

impl Kept {
    /// In windows `first_window` to `first_window + RING - 1`, each with events of neurons that `of` gives as (neuron, offset).
    pub fn new(first_window: u32, seed: u64, of: impl Fn(u32) -> Vec<(u32, f32)>) -> Self {
        let mut draw = random(seed);
        let n = (RING * NEURONS) as usize * WORDS + NEURONS as usize;
        let adjoints = (0..n).map(|_| draw(-1.0, 1.0)).collect();
        let mut kept = Self {
            adjoints,
            events: Vec::new(),
            starts: vec![0],
        };
        for window in first_window..first_window + RING {
            for neuron in 0..NEURONS {
                let place = kept.place(window, neuron);
                kept.adjoints[place + 1] = 0.0;
            }
            for (number, (neuron, offset)) in of(window).into_iter().enumerate() {
                kept.events.push(SparseEvent {
                    currents: [draw(-1.0, 1.0), draw(-1.0, 1.0), 0.0, 0.0],
                    potential: draw(-1.0, 1.0),
                    window,
                    offset,
                    unit: neuron,
                    slope: draw(0.5, 2.0),
                    ell: draw(-1.0, 1.0),
                    ..SparseEvent::default()
                });
                if neuron < NEURONS {
                    let place = kept.place(window, neuron);
                    kept.adjoints[place + 1] = number as f32 + 1.0;
                }
            }
            kept.starts.push(kept.events.len() as u32);
        }
        kept
    }

    pub fn place(&self, window: u32, neuron: u32) -> usize {
        ((window % RING) * NEURONS + neuron) as usize * WORDS
    }

    pub fn pending(&self, neuron: u32) -> usize {
        (RING * NEURONS) as usize * WORDS + neuron as usize
    }

    /// (dL/dV, dL/dI of a receptor) at a time, in a population's rates.
    pub fn at(
        &self,
        population: &SparsePopulation,
        neuron: u32,
        (window, offset): (u32, f32),
        receptor: usize,
    ) -> (f64, f64) {
        let next = self
            .events
            .iter()
            .find(|event| event.unit == neuron && event.window == window && event.offset > offset);
        let place = self.place(window, neuron);
        let (until, potential, current) = match next {
            Some(event) => (event.offset, event.potential, event.currents[receptor]),
            None => {
                let adjoint = &self.adjoints[place..place + WORDS];
                let current = adjoint[ADJOINT_WORDS as usize + receptor];
                (WINDOW, adjoint[0], current)
            }
        };
        let a = population.synapse_rates[receptor].into();
        let b = population.membrane_rate.into();
        let after = (f64::from(potential), f64::from(current));
        earlier(a, b, f64::from(until - offset), after)
    }
}

/// The largest difference, of the largest number expected.
pub fn off(found: &[f64], expected: &[f64]) -> f64 {
    assert_eq!(found.len(), expected.len());
    let largest = expected.iter().fold(1e-30_f64, |m, x| m.max(x.abs()));
    let pairs = found.iter().zip(expected);
    let apart = pairs.map(|(x, y)| (x - y).abs());
    let apart = apart.fold(0.0, |m: f64, x| if x <= m { m } else { x });
    // A NaN is as far as can be.
    if apart.is_nan() {
        f64::INFINITY
    } else {
        apart / largest
    }
}

/// A text that finds what is expected, and texts with one thing wrong, which are so many times [`NEAR`] away or more.
pub fn assert_told(
    find: impl Fn(&str) -> Vec<f64>,
    expected: &[f64],
    text: &str,
    times: f64,
    mutants: &[(&str, &str)],
) {
    let away = off(&find(text), expected);
    println!("{} numbers, {away:.1e} of the largest", expected.len());
    assert!(away < NEAR, "{away}");
    for (right, wrong) in mutants {
        let away = off(&find(&mutant(text, right, wrong)), expected);
        println!("{away:.1e} with {wrong:?}");
        assert!(away > times * NEAR, "{wrong:?} instead of {right:?}");
    }
}

/// Neurons with two pieces and a generator with one, after a source of another part.
pub fn sources(generator: u32) -> [SparseSource; 3] {
    [(0, 9, 9), (0, 0, 2), (generator, 2, 1)].map(|(first_unit, first_piece, n_pieces)| {
        SparseSource {
            first_unit,
            first_piece,
            n_pieces,
            reserved: 0,
        }
    })
}

/// A synapse of a row.
pub struct Synapse {
    /// Its place in its piece.
    pub place: u32,
    pub target: u32,
    pub weight: f32,
    pub delay: u32,
}

/// The synapses of a unit in a piece; none where the piece has not the unit.
pub fn row(piece: &SparsePiece, synapses: &[u32], unit: u32) -> Vec<Synapse> {
    let number = unit.wrapping_sub(piece.first_unit);
    if number >= piece.n_units {
        return Vec::new();
    }
    let word = |at: u32| synapses[at as usize];
    let has_own = piece.weights != NONE;
    let places = word(piece.starts + number)..word(piece.starts + number + 1);
    let synapse = |place| Synapse {
        place,
        target: word(piece.targets + place),
        weight: match has_own {
            true => f32::from_bits(word(piece.weights + place)),
            false => piece.weight,
        },
        delay: match has_own {
            true => word(piece.delays + place),
            false => piece.delay,
        },
    };
    places.map(synapse).collect()
}
