//! Networks that the field measures itself by, as they were published, and networks of one's own as files.

mod brunel;
#[cfg(feature = "files")]
mod checkpoint;
mod cuba;
#[cfg(feature = "files")]
mod file;
mod microcircuit;
mod named;

pub use brunel::{brunel, brunel_at};
#[cfg(feature = "files")]
pub use checkpoint::SimulationCheckpoint;
pub use cuba::cuba;
#[cfg(feature = "files")]
pub use file::{
    DrawnSettings, GeneratorSettings, NeuronsSettings, PoissonSettings, PopulationSettings,
    ProjectionSettings, RateSettings, ReceptorSettings, RecordSettings, ResetSettings,
    RuleSettings, RunSettings, SimulationFile, ValueSettings,
};
pub use microcircuit::{MICROCIRCUIT_RATES, microcircuit, microcircuit_scaled};
pub use named::{NETWORKS, NamedNetwork, NetworkParameter};

/// `scale` times `full`, at least one.
fn scaled(full: u32, scale: f64) -> usize {
    ((f64::from(full) * scale).round() as usize).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_those_published() {
        let built = cuba(1.0, 1)
            .build_in_rows()
            .expect("the description is right");
        assert_eq!(built.neurons(), 4000);
        // 320,000 expected, with a standard deviation of 560.
        assert!((317_000..323_000).contains(&built.synapses()));
        let tenth = microcircuit(0.01, 1)
            .build_in_rows()
            .expect("the description is right");
        assert_eq!(tenth.neurons(), 207 + 58 + 219 + 55 + 49 + 11 + 144 + 29);
        // 299 million on 77,169 neurons.
        let in_degree = tenth.synapses() as f64 / tenth.neurons() as f64;
        assert!((in_degree - 3870.0).abs() < 40.0, "{in_degree}");
    }
}
