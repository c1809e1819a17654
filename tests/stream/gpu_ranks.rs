//! A network over several ranks with a device each: the bits of one device.

use spikefront::cpu::stream::{StreamOptions, StreamSpike};
use spikefront::gpu::stream::{GpuRankStream, GpuStream, GpuStreamOptions};
use spikefront::network::{NetworkBuilder, Projection, Rule};
use spikefront::networks::{brunel, cuba, microcircuit};
use spikefront::ranks::{PATIENCE, cluster};
use spikefront::stream::{StateRecorder, Stream};
use spikefront::{ErrorKind, Result};

use crate::gpu::{available, within_defaults};
use crate::networks::{drawn, neuron, two_currents};

const PARTITIONS: usize = 5;
/// Within windows.
const ENDS: [f64; 3] = [7.03, 20.0, 31.9];

/// Spikes, and arrivals at all neurons.
type Seen = (Vec<StreamSpike>, u64);

/// What one device finds; nothing where there is none.
fn alone(builder: &NetworkBuilder, options: &GpuStreamOptions) -> Option<Seen> {
    let network = builder.clone().build_in_rows().unwrap();
    let mut stream = available(GpuStream::new(&network, options))?;
    Some(seen(&mut stream).unwrap())
}

fn seen(stream: &mut dyn Stream) -> Result<Seen> {
    let mut spikes = Vec::new();
    for until in ENDS {
        stream.run(until, &mut |all| {
            spikes.extend_from_slice(all);
            Ok(())
        })?;
    }
    Ok((spikes, stream.synaptic_events()?))
}

fn over_ranks(builder: &NetworkBuilder, options: &GpuStreamOptions, size: usize) -> Vec<Seen> {
    let all = cluster(size, PATIENCE, |ranks| {
        let mut builder = builder.clone();
        builder.partitions(PARTITIONS);
        let share = builder.build_share(ranks.rank(), ranks.size())?;
        let mut stream = GpuRankStream::new(share, options, ranks)?;
        seen(&mut stream)
    });
    let end = |end: Result<Seen>| end.expect("the rank ends");
    all.into_iter().map(end).collect()
}

#[test]
fn any_number_of_ranks_has_the_bits_of_one_device() {
    let shorter = |window| {
        let simulation = StreamOptions::default().window(window);
        within_defaults(&GpuStreamOptions::default().simulation(simulation))
    };
    for (name, builder, window) in [
        ("two currents", two_currents(2), None),
        ("drawn", drawn(3), Some(0.05)),
        ("cuba", cuba(0.1, 1), None),
        ("brunel", brunel(0.05, 1), Some(0.17)),
        ("microcircuit", microcircuit(0.005, 1), None),
    ] {
        let options = shorter(window);
        let Some(expected) = alone(&builder, &options) else {
            return;
        };
        assert!(expected.0.len() > 50, "{name}: {}", expected.0.len());
        for size in [1, 2, 3] {
            for own in over_ranks(&builder, &options, size) {
                assert!(own == expected, "{name} on {size} ranks");
            }
        }
    }
    // The comparison can tell a device that advances other neurons, and one that knows no spikes of others.
    let options = shorter(None);
    let Some(expected) = alone(&cuba(0.1, 1), &options) else {
        return;
    };
    for (right, wrong) in [
        (
            "let neuron = parameters.first_neuron + id.x;",
            "let neuron = parameters.first_neuron + id.x + select(0u, 1u, parameters.first_neuron != 0u);",
        ),
        (
            "let n_fired = fired.y - fired.x;",
            "let n_fired = min(fired.y - fired.x, 1u);",
        ),
    ] {
        let options = options.mutation(Some((right, wrong)));
        let all = over_ranks(&cuba(0.1, 1), &options, 2);
        assert!(all[0] != expected, "{wrong}");
    }
}

#[test]
fn blocks_are_as_long_as_the_shortest_delay() {
    let exchanges = |window| {
        let simulation = StreamOptions::default().window(Some(window));
        let options = within_defaults(&GpuStreamOptions::default().simulation(simulation));
        let all = cluster(2, PATIENCE, |ranks| {
            let mut builder = brunel(0.02, 1);
            builder.partitions(2);
            let share = builder.build_share(ranks.rank(), ranks.size())?;
            let mut stream = GpuRankStream::new(share, &options, ranks)?;
            let before = stream.traffic().exchanges;
            stream.run(15.0, |_| Ok(()))?;
            Ok((stream.interval(), stream.traffic().exchanges - before))
        });
        available(all.into_iter().next().expect("there are two"))
    };
    // The shortest delay is 1.5 ms; a window is rounded down to single precision.
    let Some(found) = exchanges(0.125) else {
        return;
    };
    assert_eq!(found, (12, 10));
    assert_eq!(exchanges(0.1), Some((15, 11)));
}

#[test]
fn what_devices_of_ranks_cannot_do_is_refused_on_all() {
    let options = within_defaults(&GpuStreamOptions::default());
    let mut without = drawn(1);
    let source = without.population("more", 3, neuron(&[2.0], -60.0));
    let none = Projection::by_rule(Rule::FixedInDegree(1), 0.1).delay(0.0);
    without.connect(source, source, none);
    without.partitions(2);
    let all = cluster(2, PATIENCE, |ranks| {
        let share = without.clone().build_share(ranks.rank(), ranks.size())?;
        GpuRankStream::new(share, &options, ranks).map(|_| ())
    });
    for end in all {
        let text = end.unwrap_err().to_string();
        assert!(
            text.contains("shortest delay of a network over ranks is 0: give every"),
            "{text}"
        );
    }
    let all = cluster(1, PATIENCE, |ranks| {
        let share = two_currents(1).build_share(0, 1)?;
        let mut stream = GpuRankStream::new(share, &options, ranks)?;
        let recorder = StateRecorder {
            neurons: 0..2,
            every: 1.0,
            from: 0.0,
            until: 10.0,
        };
        let recorded = stream.record(&recorder).map(|_| ());
        Ok([recorded, stream.state().map(|_| ())])
    });
    let Some(ends) = available(all.into_iter().next().expect("there is one")) else {
        return;
    };
    for end in ends {
        let error = end.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unavailable);
        assert!(error.to_string().contains("on GPUs of several ranks"));
    }
}
