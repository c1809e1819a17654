//! One neuron through events that are given: arrivals, and its own spikes.

use super::{Flow, NeuronDynamics, NeuronState, ResetRule};

/// What happens to a neuron. At one time the earlier variant comes first.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub enum GivenEvent {
    /// The end of the refractory time of its latest spike.
    Release,
    /// Its own spike, and its reset.
    Spike,
    /// Nothing: the state is asked for.
    Ask,
    /// A spike arrives; the weight is added to its current.
    Arrival(f64),
}

/// An interval without events, and the event that ends it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GivenStep {
    /// The state after the event before, potentials above rest. While `release` is set V is held.
    pub start: NeuronState,
    /// The state just before the event.
    pub end: NeuronState,
    /// What happens at the end.
    pub event: GivenEvent,
}

impl NeuronDynamics {
    /// Takes the neuron from `start` through `events`, which are in order of time (and of [`GivenEvent`] at one time),
    /// and tells `visit` of each event's number and the interval before it.
    ///
    /// The flow is followed whether or not the potential is at the threshold at a spike. So the spikes may be any
    /// simulator's; a reset by subtraction takes its amount from whatever the potential is.
    pub fn follow(
        &self,
        start: NeuronState,
        events: impl IntoIterator<Item = (f64, GivenEvent)>,
        mut visit: impl FnMut(usize, &GivenStep),
    ) {
        let mut state = start;
        for (ix, (time, event)) in events.into_iter().enumerate() {
            let end = after(&self.flow, &state, time);
            visit(
                ix,
                &GivenStep {
                    start: state,
                    end,
                    event,
                },
            );
            state = end;
            match (event, self.reset) {
                (GivenEvent::Arrival(weight), _) => state.current += weight,
                (GivenEvent::Spike, ResetRule::Subtract { amount }) => state.potential -= amount,
                (
                    GivenEvent::Spike,
                    ResetRule::To {
                        potential,
                        refractory,
                    },
                ) => {
                    state.potential = potential;
                    state.release = (refractory > 0.0).then(|| super::later(time, refractory));
                }
                (GivenEvent::Release, _) => state.release = None,
                (GivenEvent::Ask, _) => {}
            }
        }
    }
}

fn after(flow: &Flow, state: &NeuronState, time: f64) -> NeuronState {
    let step = flow.propagator(time - state.time);
    let (potential, current) = step.apply(state.potential, state.current);
    NeuronState {
        time,
        potential: match state.release {
            Some(_) => state.potential,
            None => potential,
        },
        current,
        release: state.release,
    }
}

#[cfg(test)]
mod tests {
    use super::super::SpikeSink;
    use super::*;

    #[derive(Default)]
    struct Log(Vec<(f64, f64)>);

    impl SpikeSink for Log {
        fn spike(&mut self, time: f64, slope: f64) -> bool {
            self.0.push((time, slope));
            true
        }
        fn release(&mut self, _: f64, _: f64) {}
    }

    /// A neuron above its threshold, as it advances and as it is followed through the same spikes, moved by `shift`.
    fn mismatch(reset: ResetRule, shift: f64) -> f64 {
        let neuron = NeuronDynamics {
            flow: Flow::new(20.0, 5.0),
            threshold: -1.0,
            reset,
        };
        let start = NeuronState {
            time: 0.0,
            potential: -2.0,
            current: 0.3,
            release: None,
        };
        let (mut state, mut log) = (start, Log::default());
        neuron.advance(&mut state, 60.0, &mut log);
        let mut events: Vec<(f64, GivenEvent)> = Vec::new();
        for &(time, _) in &log.0 {
            events.push((time + shift, GivenEvent::Spike));
            if let ResetRule::To { refractory, .. } = reset {
                events.push((time + shift + refractory, GivenEvent::Release));
            }
        }
        events.push((60.0, GivenEvent::Ask));
        let mut worst = 0.0_f64;
        let mut n_spikes = 0;
        neuron.follow(start, events, |_, step| match step.event {
            GivenEvent::Spike => {
                worst = worst.max((step.end.potential - neuron.threshold).abs());
                let slope = neuron.slope_at_threshold(step.end.current);
                worst = worst.max((slope - log.0[n_spikes].1).abs());
                n_spikes += 1;
            }
            GivenEvent::Ask => worst = worst.max((step.end.potential - state.potential).abs()),
            _ => {}
        });
        assert!(n_spikes > 2);
        worst
    }

    #[test]
    fn a_neuron_followed_through_its_own_spikes_is_at_its_threshold() {
        for reset in [
            ResetRule::Subtract { amount: 1.0 },
            ResetRule::To {
                potential: -2.0,
                refractory: 3.0,
            },
        ] {
            assert!(mismatch(reset, 0.0) < 1e-12, "{reset:?}");
            assert!(mismatch(reset, 1e-3) > 1e-5, "{reset:?}");
        }
    }
}
