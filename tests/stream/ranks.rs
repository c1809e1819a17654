//! A network over several ranks: the bits of one process.

use spikefront::cpu::stream::{
    CpuStream, RankStream, StateRecorder, StateSample, StreamGradient, StreamGradientOptions,
    StreamOptions, StreamSpike, rank_gradient, stream_gradient,
};
use spikefront::network::{NetworkBuilder, Projection, Rule};
use spikefront::networks::{brunel, cuba, microcircuit};
use spikefront::ranks::{PATIENCE, Ranks, cluster};
use spikefront::stream::{Stream, StreamState};
use spikefront::{ErrorKind, Result};

use crate::networks::{drawn, two_currents};

/// More than any test has ranks, and divided by none of their numbers but one.
const PARTITIONS: usize = 5;

/// What a run leaves behind, on rank 0 where there are several.
#[derive(Debug, Clone, PartialEq)]
struct Left {
    spikes: Vec<StreamSpike>,
    samples: Vec<StateSample>,
    state: Option<StreamState>,
    events: u64,
}

fn recorder(until: f64) -> StateRecorder {
    StateRecorder {
        neurons: 17..43,
        every: 0.7,
        from: 3.0,
        until,
    }
}

/// Spikes and samples of runs that end within windows.
fn seen(stream: &mut dyn Stream, ends: &[f64]) -> Result<(Vec<StreamSpike>, Vec<StateSample>)> {
    stream.record(&recorder(ends[ends.len() - 1]))?;
    let (mut spikes, mut samples) = (Vec::new(), Vec::new());
    for &until in ends {
        let mut keep = |all: &[StreamSpike]| {
            spikes.extend_from_slice(all);
            Ok(())
        };
        let mut note = |all: &[StateSample]| {
            samples.extend_from_slice(all);
            Ok(())
        };
        stream.run_recording(until, &mut keep, &mut note)?;
    }
    Ok((spikes, samples))
}

/// One process, in runs that end within windows.
fn alone(builder: &NetworkBuilder, options: StreamOptions, ends: &[f64]) -> Left {
    let network = builder.clone().build_in_rows().unwrap();
    let mut stream = CpuStream::new(&network, options).unwrap();
    let (spikes, samples) = seen(&mut stream, ends).unwrap();
    Left {
        spikes,
        samples,
        state: Some(stream.state()),
        events: stream.synaptic_events(),
    }
}

fn opened(builder: &NetworkBuilder, options: StreamOptions, ranks: Ranks) -> Result<RankStream> {
    let mut builder = builder.clone();
    builder.partitions(PARTITIONS);
    let share = builder.build_share(ranks.rank(), ranks.size())?;
    RankStream::new(share, options, ranks)
}

/// Goes on over ranks, and gathers what there is.
fn follow(stream: &mut RankStream, ends: &[f64]) -> Result<Left> {
    let (spikes, samples) = seen(stream, ends)?;
    Ok(Left {
        spikes,
        samples,
        state: stream.gather_state()?,
        events: stream.synaptic_events()?,
    })
}

fn over_ranks(
    builder: &NetworkBuilder,
    options: StreamOptions,
    ends: &[f64],
    size: usize,
) -> Vec<Left> {
    let all = cluster(size, PATIENCE, |ranks| {
        follow(&mut opened(builder, options, ranks)?, ends)
    });
    all.into_iter()
        .map(|left| left.expect("the rank ends"))
        .collect()
}

#[test]
fn any_number_of_ranks_has_the_bits_of_one_process() {
    let ends = [7.03, 20.0, 41.9];
    for (name, builder) in [
        ("two currents", two_currents(2)),
        ("drawn", drawn(3)),
        ("cuba", cuba(0.1, 1)),
        ("brunel", brunel(0.05, 1)),
        ("microcircuit", microcircuit(0.01, 1)),
    ] {
        for window in [None, Some(0.06)] {
            let options = StreamOptions::default().window(window);
            let expected = alone(&builder, options, &ends);
            assert!(
                expected.spikes.len() > 50,
                "{name}: {}",
                expected.spikes.len()
            );
            assert!(!expected.samples.is_empty());
            for size in [1, 2, 3, 4] {
                let all = over_ranks(&builder, options, &ends, size);
                assert!(
                    all[0] == expected,
                    "{name} on {size} ranks, window {window:?}"
                );
                for other in &all[1..] {
                    assert!(other.spikes == expected.spikes && other.events == expected.events);
                    assert!(other.samples.is_empty() && other.state.is_none());
                }
            }
        }
    }
}

#[test]
fn windows_shorter_than_the_delay_share_an_exchange() {
    let builder = brunel(0.05, 1);
    let exchanges = |window| {
        let ends = cluster(2, PATIENCE, |ranks| {
            let options = StreamOptions::default().window(window);
            let mut stream = opened(&builder, options, ranks)?;
            let before = stream.traffic().exchanges;
            stream.run(30.0, |_| Ok(()))?;
            Ok((stream.interval(), stream.traffic().exchanges - before))
        });
        ends.into_iter().next().expect("there are two").unwrap()
    };
    // The shortest delay is 1.5 ms.
    let of = |window: f64, interval: u64| {
        let windows = 30.0 / window;
        (interval, (windows / interval as f64).ceil() as u64)
    };
    assert_eq!(exchanges(Some(0.1)), of(0.1, 7));
    assert_eq!(exchanges(Some(0.07)), of(0.07, 10));
}

#[test]
fn a_run_is_gone_on_with_on_any_number_of_ranks() {
    let builder = two_currents(1);
    let options = StreamOptions::default();
    let expected = alone(&builder, options, &[60.0]);
    for (before, after) in [(1, 3), (3, 2), (2, 1)] {
        let first = over_ranks(&builder, options, &[23.7], before).swap_remove(0);
        let state = first.state.expect("rank 0 has it");
        let all = cluster(after, PATIENCE, |ranks| {
            let mut own = builder.clone();
            own.partitions(PARTITIONS);
            let share = own.build_share(ranks.rank(), ranks.size())?;
            let mut stream = RankStream::resume(share, options, &state, ranks)?;
            follow(&mut stream, &[60.0])
        });
        let then = all.into_iter().next().expect("there is one").unwrap();
        let spikes: Vec<_> = first.spikes.iter().chain(&then.spikes).copied().collect();
        assert!(spikes == expected.spikes, "{before} then {after}");
        assert!(then.state == expected.state && then.events == expected.events);
        // And in one process.
        let network = builder.clone().build_in_rows().unwrap();
        let mut one = CpuStream::resume(&network, options, &state).unwrap();
        one.run(60.0, |_| Ok(())).unwrap();
        assert!(Some(one.state()) == expected.state);
    }
}

#[test]
fn an_error_on_one_rank_ends_all() {
    let builder = cuba(0.1, 1);
    let all = cluster(3, PATIENCE, |ranks| {
        let rank = ranks.rank();
        let mut stream = opened(&builder, StreamOptions::default(), ranks)?;
        stream.run(50.0, |spikes| match (rank, spikes[0].window > 30) {
            (1, true) => {
                let full = std::io::Error::from(std::io::ErrorKind::StorageFull);
                Err(spikefront::Error::io("write", "spikes.npz", full))
            }
            _ => Ok(()),
        })
    });
    let told: Vec<_> = all.into_iter().map(|end| end.unwrap_err()).collect();
    assert_eq!(told[1].kind(), ErrorKind::Io);
    for other in [&told[0], &told[2]] {
        assert_eq!(other.kind(), ErrorKind::Rank);
        assert!(
            other
                .to_string()
                .starts_with("rank 1: failed to write spikes.npz"),
            "{other}"
        );
    }
}

#[test]
fn what_ranks_cannot_do_is_refused_on_all() {
    let told = |builder: &NetworkBuilder, options: StreamOptions, size: usize| {
        let all = cluster(size, PATIENCE, |ranks| {
            opened(builder, options, ranks).map(|stream| stream.window())
        });
        all.into_iter()
            .map(|end| end.unwrap_err().to_string())
            .collect::<Vec<_>>()
    };
    let mut without = drawn(1);
    let source = without.population("more", 3, crate::networks::neuron(&[2.0], -60.0));
    let none = Projection::by_rule(Rule::FixedInDegree(1), 0.1).delay(0.0);
    without.connect(source, source, none);
    for text in told(&without, StreamOptions::default(), 2) {
        assert!(
            text.contains("shortest delay of a network over ranks is 0: give every"),
            "{text}"
        );
    }
    for text in told(
        &cuba(0.05, 1),
        StreamOptions::default().window(Some(77.0)),
        2,
    ) {
        assert!(text.contains("window is 77"), "{text}");
    }
    for text in told(&cuba(0.05, 1), StreamOptions::default(), PARTITIONS + 1) {
        assert!(
            text.contains("partitions of a network over ranks is 5"),
            "{text}"
        );
    }
    let all = cluster(2, PATIENCE, |ranks| {
        let rank = ranks.rank();
        let window = Some(0.05 + 0.01 * rank as f64);
        opened(&drawn(1), StreamOptions::default().window(window), ranks).map(|_| ())
    });
    for end in all {
        let text = end.unwrap_err().to_string();
        assert!(text.contains("give all ranks the same window"), "{text}");
    }
}

/// The gradient of a loss that weighs spikes by their times: of one process, and of all ranks.
fn gradients(
    builder: &NetworkBuilder,
    options: &StreamGradientOptions,
    until: f64,
    size: usize,
    turn: f64,
) -> (StreamGradient, Vec<StreamGradient>) {
    let weigh = |spikes: &[StreamSpike], values: &mut [f64]| {
        for (value, spike) in values.iter_mut().zip(spikes) {
            *value = (turn * spike.offset + f64::from(spike.neuron)).sin();
        }
    };
    let mut builder = builder.clone();
    builder.partitions(PARTITIONS);
    let network = builder.clone().build_in_rows().unwrap();
    let one = stream_gradient(&network, options, until, |_| Ok(()), weigh).unwrap();
    let all = cluster(size, PATIENCE, |ranks| {
        let share = builder.clone().build_share(ranks.rank(), ranks.size())?;
        rank_gradient(share, options, until, ranks, |_| Ok(()), weigh)
    });
    (
        one,
        all.into_iter()
            .map(|end| end.expect("the rank ends"))
            .collect(),
    )
}

/// Whether all ranks have the bits of one process.
fn are_same(one: &StreamGradient, all: &[StreamGradient]) -> bool {
    let of = |values: fn(&StreamGradient) -> &Vec<f64>| {
        all.iter().flat_map(values).copied().collect::<Vec<f64>>()
    };
    let is_whole = |own: &StreamGradient| {
        let whole = StreamGradient {
            weights: one.weights.clone(),
            delays: one.delays.clone(),
            ..own.clone()
        };
        whole == *one
    };
    of(|g| &g.weights) == one.weights && of(|g| &g.delays) == one.delays && all.iter().all(is_whole)
}

#[test]
fn gradients_over_ranks_have_the_bits_of_one_process() {
    let mut driven = two_currents(3);
    driven.partitions(PARTITIONS);
    for (name, builder, window) in [
        ("two currents", driven, None),
        ("drawn", drawn(3), None),
        ("drawn", drawn(3), Some(0.05)),
        ("brunel", brunel(0.02, 1), Some(0.11)),
        ("microcircuit", microcircuit(0.005, 1), None),
    ] {
        let options = StreamGradientOptions::default().window(window).segment(37);
        for size in [1, 2, 3, 4] {
            let (one, all) = gradients(&builder, &options, 30.3, size, 1.0);
            assert!(
                one.spikes > 20 && one.weights.iter().any(|w| *w != 0.0),
                "{name}"
            );
            assert!(
                are_same(&one, &all),
                "{name} on {size} ranks, window {window:?}"
            );
        }
    }
    // The comparison can tell another loss, and a rank whose share is lost.
    let options = StreamGradientOptions::default();
    let (one, all) = gradients(&drawn(3), &options, 30.3, 2, 1.0);
    let (other, _) = gradients(&drawn(3), &options, 30.3, 2, 1.000_001);
    assert!(are_same(&one, &all) && !are_same(&other, &all));
    assert!(!are_same(&one, &all[..1]));
}
