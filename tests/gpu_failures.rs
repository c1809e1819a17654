//! What goes wrong with a GPU is an error with a remedy, never a panic.

mod common;
#[path = "common/gpu.rs"]
mod gpu;

use common::{Drawn, agree, cotangent, draw};
use gpu::{gpu, gpu_with};
use spikefront::cpu::CpuEngine;
use spikefront::gpu::{AdapterChoice, GpuEngine, GpuOptions, adapters};
use spikefront::{Engine, Error, ErrorKind, GradientOptions, Method};

fn drawn(seed: u64) -> Drawn {
    draw(seed).expect("a drawn network")
}

/// Of one kind, in one sentence that has all of `words`.
fn assert_told(error: &Error, kind: ErrorKind, words: &[&str]) {
    let told = error.to_string();
    assert_eq!(error.kind(), kind, "{told}");
    for word in words {
        assert!(told.contains(word), "{told:?} lacks {word:?}");
    }
}

#[test]
fn an_adapter_that_is_not_there() {
    let options = GpuOptions::default().adapter(AdapterChoice::Index(99));
    let error = GpuEngine::new(&options).expect_err("there are fewer");
    let there = format!("there are {}", adapters().len());
    assert_told(
        &error,
        ErrorKind::Invalid,
        &["adapter is 99", &there, "spikefront devices"],
    );
}

#[test]
fn an_adapter_by_its_number_is_that_adapter() {
    for adapter in adapters() {
        let options = GpuOptions::default().adapter(AdapterChoice::Index(adapter.index));
        match GpuEngine::new(&options) {
            Ok(engine) => {
                assert!(adapter.shortcoming.is_none());
                assert!(engine.description().starts_with(&adapter.name));
            }
            Err(error) => assert_told(&error, ErrorKind::Unavailable, &[&adapter.name]),
        }
    }
}

#[test]
fn a_hardware_gpu_is_asked_for_and_there_is_none() {
    if adapters().iter().any(|adapter| adapter.kind.is_hardware()) {
        return println!("skipped: there is a hardware GPU");
    }
    let options = GpuOptions::default().adapter(AdapterChoice::Hardware);
    let error = GpuEngine::new(&options).expect_err("there is none");
    assert_told(
        &error,
        ErrorKind::Unavailable,
        &["a hardware GPU", "the CPU engine"],
    );
}

#[test]
fn too_little_memory_says_how_much_would_do() {
    let options = |bytes| GpuOptions::default().memory(Some(bytes));
    let Some(engine) = gpu_with(&options(1)) else {
        return;
    };
    let drawn = drawn(4);
    let error = engine
        .simulate(&drawn.problem())
        .expect_err("one byte is too little");
    assert_told(
        &error,
        ErrorKind::Memory,
        &["may use 0 MiB", "a memory limit of", "the CPU engine"],
    );
    // What the message asks for is enough.
    let told = error.to_string();
    let words: Vec<&str> = told.split_whitespace().collect();
    let place = words.iter().position(|word| *word == "limit");
    let mebibytes: u64 = words[place.expect("it was there") + 2]
        .parse()
        .expect("a number");
    let engine = gpu_with(&options(mebibytes << 20)).expect("there was one before");
    let found = engine.simulate(&drawn.problem()).expect("enough memory");
    let expected = CpuEngine::new().simulate(&drawn.problem());
    let expected = expected.expect("the reference");
    let same = agree("spike times", found.times(), expected.times(), 1e-4);
    same.unwrap_or_else(|difference| panic!("{difference}"));
}

#[test]
fn a_problem_that_makes_no_sense_is_refused_before_the_device_sees_it() {
    let Some(engine) = gpu() else { return };
    let mut drawn = drawn(0);
    drawn.options.duration = f64::NAN;
    let error = engine.simulate(&drawn.problem()).expect_err("no duration");
    assert_told(&error, ErrorKind::Invalid, &["duration is NaN"]);
}

#[test]
fn a_device_lost_before_its_first_use() {
    let Some(mut engine) = gpu() else { return };
    engine.lose_device();
    let drawn = drawn(0);
    for _ in 0..2 {
        let error = engine.simulate(&drawn.problem()).expect_err("it is lost");
        assert_told(&error, ErrorKind::Device, &["failed", "the CPU engine"]);
    }
    let awaited = pollster::block_on(engine.simulate_async(&drawn.problem()));
    let error = awaited.expect_err("it is lost");
    assert_told(&error, ErrorKind::Device, &["failed", "the CPU engine"]);
    let error = engine.ceilings().expect_err("it is lost");
    assert_told(&error, ErrorKind::Device, &["failed", "the CPU engine"]);
}

#[test]
fn a_device_lost_between_calls() {
    let Some(engine) = gpu() else { return };
    let drawn = drawn(2);
    let problem = drawn.problem();
    let recording = engine.simulate(&problem).expect("the device is there");
    let cotangent = cotangent(&recording, 0);
    engine.lose_device();
    let error = engine.simulate(&problem).expect_err("it is lost");
    assert_told(&error, ErrorKind::Device, &["failed", "the CPU engine"]);
    for method in [Method::Adjoint, Method::Forward] {
        let options = GradientOptions::everything(method);
        let error = engine
            .gradient(&problem, &recording, &cotangent, &options)
            .expect_err("it is lost");
        assert_told(&error, ErrorKind::Device, &["failed"]);
        let error = engine
            .jacobian(&problem, &recording, 0, &options)
            .expect_err("it is lost");
        assert_told(&error, ErrorKind::Device, &["failed"]);
    }
    // A new engine is not affected.
    let engine = gpu().expect("there was one before");
    assert!(engine.simulate(&problem).is_ok());
}
