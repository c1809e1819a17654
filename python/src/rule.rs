//! Which synapses a projection has.

use pyo3::prelude::*;
use spikefront::network::Rule as Described;

/// A rule that makes the synapses of a projection; the names and meanings are NEST's.
#[pyclass(module = "spikefront", frozen, from_py_object)]
#[derive(Debug, Clone)]
pub struct Rule(pub Described);

#[pymethods]
impl Rule {
    /// Every source to every target.
    #[staticmethod]
    fn all_to_all() -> Self {
        Self(Described::AllToAll)
    }

    /// Source number k to target number k.
    #[staticmethod]
    fn one_to_one() -> Self {
        Self(Described::OneToOne)
    }

    /// Every pair is connected with this probability, at most once.
    #[staticmethod]
    fn fixed_probability(probability: f64) -> Self {
        Self(Described::FixedProbability(probability))
    }

    /// Every target has so many synapses, from sources drawn with replacement.
    #[staticmethod]
    fn fixed_in_degree(synapses: u32) -> Self {
        Self(Described::FixedInDegree(synapses))
    }

    /// So many synapses in all, source and target drawn with replacement.
    #[staticmethod]
    fn fixed_total_number(synapses: u64) -> Self {
        Self(Described::FixedTotalNumber(synapses))
    }

    fn __repr__(&self) -> String {
        format!("{:?}", self.0)
    }
}
