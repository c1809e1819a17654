//! Controls: the comparison, told a wrong rule, must say so.

use crate::compare::{Case, Verdict};
use crate::driven::at_rest;
use crate::families::Family;
use crate::rule::{Mutant, Rules};
use crate::tally::networks;
use crate::ways::WAYS;

/// Networks of a family that a mutant is tried on.
const NETWORKS: usize = 10;

/// Each mutant, the family in which it matters, and the least share of networks that must tell it.
const MUTANTS: [(Mutant, Family, f64); 11] = [
    (Mutant::ArrivalsFirst, Family::EqualNeurons, 0.8),
    (Mutant::ResetClearsCurrent, Family::ZeroDelayLoops, 0.8),
    (Mutant::ResetToZero, Family::AllDiffer, 0.4),
    (Mutant::HoldLosesArrivals, Family::SimultaneousInputs, 0.2),
    (Mutant::HoldKeepsCurrent, Family::AllDiffer, 0.3),
    (Mutant::NoAutapses, Family::AutapsesAndMultapses, 0.8),
    (Mutant::OneSynapseAPair, Family::AutapsesAndMultapses, 0.8),
    (Mutant::LongDelays, Family::Ratios, 0.8),
    (Mutant::RestAtZero, Family::Driven, 0.9),
    (Mutant::OneInputAtATime, Family::SimultaneousInputs, 0.8),
    (Mutant::NearTimeConstantsAreEqual, Family::NearlyEqual, 0.4),
];

#[test]
fn every_mutant_of_the_rules_is_told_from_the_library() {
    let mut untold = Vec::new();
    for (mutant, family, share) in MUTANTS {
        let (mut compared, mut red) = (0, 0);
        for net in networks(family, NETWORKS).0 {
            let found = WAYS[0].run(&net).expect("the network is sound");
            // A mutant is to be told from what is right.
            if !matches!(Case::new(&net).compare(&found[0]), Verdict::Agrees(_)) {
                continue;
            }
            compared += 1;
            let mutated = Case::with_rules(
                &net,
                Rules {
                    mutant,
                    ..Rules::default()
                },
            );
            red += usize::from(matches!(mutated.compare(&found[0]), Verdict::Differs(_)));
        }
        println!("{mutant:?}, {family:?}: {red} of {compared} red");
        if 2 * compared < NETWORKS || (red as f64) < share * compared as f64 {
            untold.push(mutant);
        }
    }
    assert_eq!(untold, Vec::new());
}

#[test]
fn a_spike_invented_at_rest_is_told_from_silence() {
    let net = at_rest(0.0, 10.0, 1e3);
    let silence = vec![Vec::new(); 2];
    assert_eq!(Case::new(&net).compare(&silence), Verdict::Agrees(0.0));
    let mutant = Mutant::FiresAtRest;
    let mutated = Case::with_rules(
        &net,
        Rules {
            mutant,
            ..Rules::default()
        },
    );
    assert!(matches!(mutated.compare(&silence), Verdict::Differs(_)));
}

/// An excuse is what one rounding does, not what a difference of 1e-9 does.
#[test]
fn a_weight_that_is_off_by_a_billionth_is_not_excused() {
    for family in [
        Family::ZeroDelayLoops,
        Family::LongSilences,
        Family::NearlyEqual,
    ] {
        let mut red = 0;
        let nets = networks(family, 6).0;
        for net in &nets {
            let mut other = net.clone();
            other
                .synapses
                .iter_mut()
                .for_each(|synapse| synapse.weight *= 1.0 + 1e-9);
            let found = WAYS[0].run(&other).expect("the network is sound");
            red += usize::from(matches!(
                Case::new(net).compare(&found[0]),
                Verdict::Differs(_)
            ));
        }
        println!("{family:?}: {red} of {} red", nets.len());
        assert!(10 * red >= 9 * nets.len(), "{family:?}: {red}");
    }
}
