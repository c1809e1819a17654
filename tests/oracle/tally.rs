//! A family through every way: what agreed, what was excused, what differs.

use std::collections::BTreeMap;

use crate::compare::{Case, Verdict};
use crate::families::{Family, draw};
use crate::net::Net;
use crate::ways::WAYS;

/// Networks of a family.
pub const NETWORKS: usize = 100;

/// Fewer spikes than this and a network says little.
const FEWEST: usize = 3;
/// More, and it takes long.
const MOST: usize = 200;

/// Something that is wrong.
pub struct Finding {
    pub net: Net,
    pub way: String,
    pub what: String,
}

#[derive(Default)]
pub struct Tally {
    pub networks: usize,
    /// Drawn, but silent or running away.
    pub passed_over: usize,
    pub spikes: usize,
    /// Networks that a way ran.
    pub runs: usize,
    pub excused: Vec<Finding>,
    pub differ: Vec<Finding>,
    /// Networks in which some arrival is at the very time of a spike of its target.
    pub with_ties: usize,
    pub worst_time: f64,
}

impl Tally {
    pub fn summary(&self, family: Family) -> String {
        let mut by_way: BTreeMap<&str, usize> = BTreeMap::new();
        for finding in &self.differ {
            *by_way.entry(&finding.way).or_default() += 1;
        }
        let mut text = format!(
            "{family:?}: {} networks ({} passed over, {} with exact ties), {} spikes, {} runs, worst time {:.1e}; \
             {} excused, {} differ",
            self.networks,
            self.passed_over,
            self.with_ties,
            self.spikes,
            self.runs,
            self.worst_time,
            self.excused.len(),
            self.differ.len()
        );
        for (way, n) in by_way {
            text.push_str(&format!("\n    {way}: {n}"));
        }
        for finding in &self.excused {
            text.push_str(&format!(
                "\n    excused {} ({}): {}",
                finding.net.name, finding.way, finding.what
            ));
        }
        text
    }
}

/// The networks of a family that have something to say, with what they should do.
pub fn networks(family: Family, n: usize) -> (Vec<Net>, usize) {
    let (mut nets, mut passed_over) = (Vec::new(), 0);
    for seed in 0.. {
        if nets.len() == n {
            break;
        }
        assert!(passed_over < 10 * n, "{family:?} is silent or runs away");
        let net = draw(family, seed);
        let run = Case::new(&net).run;
        match run.is_runaway || !(FEWEST..=MOST).contains(&run.spikes.len()) {
            true => passed_over += 1,
            false => nets.push(net),
        }
    }
    (nets, passed_over)
}

pub fn tally(family: Family, n: usize) -> Tally {
    let (nets, passed_over) = networks(family, n);
    let mut tally = Tally {
        networks: nets.len(),
        passed_over,
        ..Tally::default()
    };
    for net in nets {
        let case = Case::new(&net);
        tally.spikes += case.run.spikes.len();
        tally.with_ties += usize::from(case.run.exact_ties > 0);
        for way in WAYS.iter().filter(|way| way.takes(&net)) {
            tally.runs += 1;
            let finding = |what: String| Finding {
                net: net.clone(),
                way: way.name(),
                what,
            };
            let samples = match way.run(&net) {
                Ok(samples) => samples,
                Err(error) => {
                    tally.differ.push(finding(error.to_string()));
                    continue;
                }
            };
            for trains in samples {
                match case.compare(&trains) {
                    Verdict::Agrees(error) => tally.worst_time = tally.worst_time.max(error),
                    Verdict::Excused(off) => tally.excused.push(finding(format!("{off:?}"))),
                    Verdict::Differs(off) => tally.differ.push(finding(format!("{off:?}"))),
                }
            }
        }
    }
    tally
}

/// At most one in a hundred runs may be excused; none may differ.
fn check(family: Family) {
    let tally = tally(family, NETWORKS);
    println!("{}", tally.summary(family));
    assert!(
        100 * tally.excused.len() <= tally.runs,
        "{} excused",
        tally.excused.len()
    );
    if let Some(first) = tally.differ.first() {
        let n = tally.differ.len();
        panic!(
            "{n} of {} runs differ; the first, {}: {}\n{}",
            tally.runs,
            first.way,
            first.what,
            first.net.json()
        );
    }
}

macro_rules! families {
    ($($name:ident $family:ident)*) => { $(#[test] fn $name() { check(Family::$family); })* };
}

families! {
    ratios_of_time_constants Ratios
    time_constants_nearly_equal NearlyEqual
    neurons_that_all_differ AllDiffer
    zero_delay_loops ZeroDelayLoops
    autapses_and_multapses AutapsesAndMultapses
    long_silences LongSilences
    driven_neurons Driven
    simultaneous_inputs SimultaneousInputs
    delays_of_zero_beside_others ZeroBesideOthers
    tenfold_weights TenfoldWeights
    equal_neurons_that_inhibit_one_another EqualNeurons
}

/// For whoever mends what differs: every disagreement as one line of JSON. `cargo test --release --test oracle print_findings -- --ignored --nocapture`
#[test]
#[ignore = "prints what the other tests count"]
fn print_findings() {
    for family in Family::ALL {
        let tally = tally(family, NETWORKS);
        println!("# {}", tally.summary(family));
        let mut previous = "";
        for finding in &tally.differ {
            println!("{} | {} | {}", finding.net.name, finding.way, finding.what);
            if finding.net.name != previous {
                println!("    {}", finding.net.json());
            }
            previous = &finding.net.name;
        }
    }
}
