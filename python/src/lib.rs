//! Spikefront for Python: conversion, names and documents; the work is the library's.

mod arrays;
mod builder;
mod chunks;
mod copies;
mod cotangent;
mod data;
mod derivatives;
mod engine;
mod error;
mod given;
mod gradient;
mod losses;
mod network;
mod neuron;
mod neurons;
mod nir;
mod options;
mod pace;
mod parameters;
mod recording;
mod rows;
mod rule;
mod shared;
mod simulate;
mod spikes;
mod spikes_given;
mod stream;
mod stream_gradient;
mod training;
mod values;
mod work;

use pyo3::prelude::*;

/// What `spikefront/__init__.py` hands on.
#[pymodule]
mod _spikefront {
    #[pymodule_export]
    use super::builder::NetworkBuilder;
    #[pymodule_export]
    use super::chunks::Chunks;
    #[pymodule_export]
    use super::cotangent::{Cotangent, Tangent};
    #[pymodule_export]
    use super::data::data;
    #[pymodule_export]
    use super::engine::{Engine, adapters};
    #[pymodule_export]
    use super::error::Error;
    #[pymodule_export]
    use super::given::SpikeReport;
    #[pymodule_export]
    use super::gradient::{Gradient, Jacobian};
    #[pymodule_export]
    use super::losses::{Loss, LossValue, losses};
    #[pymodule_export]
    use super::network::Network;
    #[pymodule_export]
    use super::neuron::Neuron;
    #[pymodule_export]
    use super::nir::nir;
    #[pymodule_export]
    use super::recording::Recording;
    #[pymodule_export]
    use super::rows::{NetworkInRows, named_network};
    #[pymodule_export]
    use super::rule::Rule;
    #[pymodule_export]
    use super::spikes::Spikes;
    #[pymodule_export]
    use super::stream::Stream;
    #[pymodule_export]
    use super::stream_gradient::StreamGradient;
    #[pymodule_export]
    use super::training::{Epoch, Evaluation, Training, presets};
    #[pymodule_export]
    use super::values::{Values, log_normal, normal, uniform};
    #[pymodule_export]
    use super::work::{set_threads, threads};
}
