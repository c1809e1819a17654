//! Which synapses a projection has.

use std::ops::Range;

use super::random::Draws;

/// A rule that makes the synapses of a projection.
///
/// The names and what they mean are NEST's (Senk et al. 2022, "Connectivity concepts in neuronal
/// network modeling"). Whatever the rule, each draw is a function of the seed, the projection and
/// the synapse.
#[derive(Debug, Clone, PartialEq)]
pub enum Rule {
    /// Every source to every target.
    AllToAll,
    /// Every pair of neurons is connected with this probability, at most once.
    FixedProbability(f64),
    /// Every target has so many synapses, from sources drawn with replacement.
    FixedInDegree(u32),
    /// So many synapses in all, source and target drawn with replacement.
    FixedTotalNumber(u64),
    /// Source number k to target number k.
    OneToOne,
    /// These synapses, with weights and delays of their own.
    List(Vec<Synapse>),
}

/// A synapse of a [`Rule::List`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Synapse {
    /// Number of the source within its population or generator.
    pub source: u32,
    /// Number of the target within its population.
    pub target: u32,
    /// What a spike adds to the synaptic current.
    pub weight: f64,
    /// Delay in ms, zero or more.
    pub delay: f64,
}

/// A draw's address among those of its projection.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Address {
    pub unit: u32,
    pub index: u64,
}

/// Attempts at another source where a neuron may not be its own; the chance to need more is the
/// size of the population to this power.
const ATTEMPTS: u64 = 64;

/// One of several shares of what a rule makes: each is a stretch of it, in the order in which it is made.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Share {
    /// Which of them, from 0 on.
    pub number: u64,
    /// How many there are.
    pub of: u64,
}

impl Share {
    /// All of it.
    pub const ALL: Self = Self { number: 0, of: 1 };

    /// So many shares.
    pub fn all(of: u64) -> impl Iterator<Item = Self> {
        (0..of).map(move |number| Self { number, of })
    }

    /// Of so many in a row those that are in it.
    fn of_row(self, n: u64) -> Range<u64> {
        let cut = |number: u64| (u128::from(n) * u128::from(number) / u128::from(self.of)) as u64;
        cut(self.number)..cut(self.number + 1)
    }
}

/// The ends of a projection as its rule sees them.
#[derive(Debug, Clone)]
pub(crate) struct Ends {
    pub sources: u32,
    pub targets: u32,
    /// Which targets are asked for.
    pub wanted: Range<u32>,
    /// Which share of the synapses onto them is asked for.
    pub share: Share,
    /// Whether source k and target k are one neuron that may not connect to itself.
    pub without_self: bool,
}

impl Ends {
    /// Where synapses are made target by target: those that are asked for.
    fn in_share(&self) -> Range<u32> {
        let own = self.share.of_row(self.wanted.len() as u64);
        self.wanted.start + own.start as u32..self.wanted.start + own.end as u32
    }
}

impl Rule {
    /// How many synapses it makes between so many neurons, or the mean where that is drawn.
    pub(crate) fn expected(&self, sources: usize, targets: usize) -> f64 {
        let (sources, targets) = (sources as f64, targets as f64);
        match self {
            Self::AllToAll => sources * targets,
            Self::FixedProbability(probability) => probability * sources * targets,
            Self::FixedInDegree(synapses) => f64::from(*synapses) * targets,
            Self::FixedTotalNumber(synapses) => *synapses as f64,
            Self::OneToOne => sources.min(targets),
            Self::List(synapses) => synapses.len() as f64,
        }
    }

    /// Calls `found(source, target, address)` for every synapse of a share onto a wanted target; for a list the
    /// address is its place. The order is the same whatever part is asked for.
    pub(crate) fn for_each(
        &self,
        draws: &Draws,
        ends: &Ends,
        mut found: impl FnMut(u32, u32, Address),
    ) {
        let is_self = |source: u32, target: u32| ends.without_self && source == target;
        let at = |unit: u32, index: u64| Address { unit, index };
        let pick = |uniform: f64, size: u32| ((uniform * f64::from(size)) as u32).min(size - 1);
        match self {
            Self::AllToAll => {
                for target in ends.in_share() {
                    for source in (0..ends.sources).filter(|&source| !is_self(source, target)) {
                        let index = u64::from(source);
                        found(source, target, at(target, index));
                    }
                }
            }
            Self::FixedProbability(p) => {
                // Distances between successes are geometric: one draw a synapse, not one a pair.
                let inverse = 1.0 / (-p).ln_1p();
                for target in ends.in_share() {
                    let (mut source, mut index) = (0_u64, 0);
                    loop {
                        if *p < 1.0 {
                            let [u, _] = draws.uniforms(target, index);
                            let skip = u.ln() * inverse;
                            source = source.saturating_add(skip as u64);
                        }
                        if source >= u64::from(ends.sources) {
                            break;
                        }
                        if !is_self(source as u32, target) {
                            found(source as u32, target, at(target, index));
                        }
                        source += 1;
                        index += 1;
                    }
                }
            }
            Self::FixedInDegree(degree) => {
                for target in ends.in_share() {
                    for index in 0..u64::from(*degree) {
                        let source = (0..ATTEMPTS)
                            .map(|attempt| draws.uniforms(target, index | attempt << 56)[0])
                            .map(|u| pick(u, ends.sources))
                            .find(|&source| !is_self(source, target));
                        if let Some(source) = source {
                            found(source, target, at(target, index));
                        }
                    }
                }
            }
            Self::FixedTotalNumber(total) => {
                for index in ends.share.of_row(*total) {
                    let pair = (0..ATTEMPTS)
                        .map(|attempt| draws.uniforms(0, index | attempt << 56))
                        .map(|[u, v]| (pick(u, ends.sources), pick(v, ends.targets)))
                        .find(|&(source, target)| !is_self(source, target));
                    if let Some((source, target)) = pair
                        && ends.wanted.contains(&target)
                    {
                        found(source, target, at(0, index));
                    }
                }
            }
            Self::OneToOne => {
                for k in ends.in_share() {
                    found(k, k, at(k, 0));
                }
            }
            Self::List(synapses) => {
                for index in ends.share.of_row(synapses.len() as u64) {
                    let synapse = &synapses[index as usize];
                    if ends.wanted.contains(&synapse.target) {
                        found(synapse.source, synapse.target, at(0, index));
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::random::Purpose;
    use super::*;

    /// One of each but lists.
    const RULES: [Rule; 5] = [
        Rule::FixedProbability(0.1),
        Rule::FixedInDegree(40),
        Rule::FixedTotalNumber(16_000),
        Rule::OneToOne,
        Rule::AllToAll,
    ];

    fn made(rule: &Rule, wanted: Range<u32>, without_self: bool) -> Vec<(u32, u32)> {
        made_in(rule, wanted, Share::ALL, without_self)
    }

    fn made_in(
        rule: &Rule,
        wanted: Range<u32>,
        share: Share,
        without_self: bool,
    ) -> Vec<(u32, u32)> {
        let draws = Draws::new(11, Purpose::Connect, 2);
        let ends = Ends {
            sources: 400,
            targets: 400,
            wanted,
            share,
            without_self,
        };
        let mut all = Vec::new();
        rule.for_each(&draws, &ends, |source, target, _| {
            all.push((source, target))
        });
        all
    }

    #[test]
    fn numbers_are_those_asked_for() {
        let pairs = made(&Rule::FixedProbability(0.1), 0..400, false);
        // 16,000 expected, with a standard deviation of 120.
        assert!((15_400..16_600).contains(&pairs.len()), "{}", pairs.len());
        let mut unique = pairs.clone();
        unique.dedup();
        assert_eq!(unique.len(), pairs.len(), "a pair is connected twice");
        assert_eq!(
            made(&Rule::FixedProbability(1.0), 0..400, false).len(),
            160_000
        );
        assert_eq!(made(&Rule::FixedProbability(0.0), 0..400, false).len(), 0);
        assert_eq!(made(&Rule::FixedInDegree(30), 0..400, false).len(), 12_000);
        assert_eq!(made(&Rule::FixedTotalNumber(777), 0..400, false).len(), 777);
        assert_eq!(made(&Rule::OneToOne, 3..5, false), [(3, 3), (4, 4)]);
        assert_eq!(made(&Rule::AllToAll, 0..400, true).len(), 400 * 399);
    }

    #[test]
    fn sources_are_uniform() {
        let rules = [
            Rule::FixedProbability(0.1),
            Rule::FixedInDegree(40),
            Rule::FixedTotalNumber(16_000),
        ];
        for rule in rules {
            let mut counts = [0.0_f64; 20];
            let pairs = made(&rule, 0..400, false);
            pairs
                .iter()
                .for_each(|&(source, _)| counts[source as usize / 20] += 1.0);
            let expected = pairs.len() as f64 / 20.0;
            let chi: f64 = counts
                .iter()
                .map(|n| (n - expected).powi(2) / expected)
                .sum();
            // 19 degrees of freedom: above 43.8 with probability 0.001.
            assert!(chi < 43.8, "{rule:?}: chi squared {chi}");
        }
    }

    #[test]
    fn a_part_is_part_of_the_whole() {
        for rule in RULES {
            let mut whole = made(&rule, 0..400, true);
            whole.retain(|&(_, target)| (120..250).contains(&target));
            assert_eq!(made(&rule, 120..250, true), whole, "{rule:?}");
        }
    }

    #[test]
    fn shares_one_after_another_are_the_whole() {
        let list = (0..37).map(|k| Synapse {
            source: k % 5,
            target: 7 * k % 250,
            weight: 1.0,
            delay: 1.0,
        });
        for rule in RULES.into_iter().chain([Rule::List(list.collect())]) {
            let wanted = 120..250;
            let whole = made(&rule, wanted.clone(), true);
            for of in [1, 3, 8, 200] {
                let shares = Share::all(of);
                let shares: Vec<_> = shares
                    .map(|share| made_in(&rule, wanted.clone(), share, true))
                    .collect();
                assert_eq!(shares.concat(), whole, "{rule:?} in {of}");
                let most = shares.iter().map(Vec::len).max();
                assert!(of == 1 || most < Some(whole.len()), "{rule:?} in {of}");
            }
        }
    }

    #[test]
    fn no_neuron_is_its_own_source_where_that_is_ruled_out() {
        let rules = [
            Rule::FixedProbability(0.5),
            Rule::FixedInDegree(400),
            Rule::FixedTotalNumber(160_000),
        ];
        let selves = |pairs: &[(u32, u32)]| pairs.iter().filter(|(s, t)| s == t).count();
        for rule in rules {
            assert!(selves(&made(&rule, 0..400, false)) > 0);
            assert_eq!(selves(&made(&rule, 0..400, true)), 0);
        }
    }
}
