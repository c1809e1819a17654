//! A network over several ranks: the bits of one process.

use spikefront::cpu::stream::{
    CpuStream, RankStream, StateRecorder, StateSample, StreamOptions, StreamSpike,
};
use spikefront::network::{NetworkBuilder, Projection, Rule};
use spikefront::networks::{brunel, cuba, microcircuit};
use spikefront::ranks::{PATIENCE, Ranks, cluster};
use spikefront::stream::StreamState;
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

/// One process, in runs that end within windows.
fn alone(builder: &NetworkBuilder, options: StreamOptions, ends: &[f64]) -> Left {
    let network = builder.clone().build_in_rows().unwrap();
    let mut stream = CpuStream::new(&network, options).unwrap();
    stream.record(recorder(ends[ends.len() - 1])).unwrap();
    let (mut spikes, mut samples) = (Vec::new(), Vec::new());
    for &until in ends {
        let keep = |all: &[StreamSpike]| {
            spikes.extend_from_slice(all);
            Ok(())
        };
        let note = |all: &[StateSample]| {
            samples.extend_from_slice(all);
            Ok(())
        };
        stream.run_recording(until, keep, note).unwrap();
    }
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
    stream.record(recorder(ends[ends.len() - 1]))?;
    let (mut spikes, mut samples) = (Vec::new(), Vec::new());
    for &until in ends {
        let keep = |all: &[StreamSpike]| {
            spikes.extend_from_slice(all);
            Ok(())
        };
        let note = |all: &[StateSample]| {
            samples.extend_from_slice(all);
            Ok(())
        };
        stream.run_recording(until, keep, note)?;
    }
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
    assert_eq!(exchanges(Some(0.1)), (15, 20));
    let (interval, n) = exchanges(Some(0.07));
    assert_eq!((interval, n), (21, (30.0_f64 / 0.07 / 21.0).ceil() as u64));
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
