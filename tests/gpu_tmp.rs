mod common;
use common::draw;
use spikefront::Engine;
use spikefront::cpu::CpuEngine;
use spikefront::gpu::{GpuEngine, GpuOptions};

#[test]
fn sim() {
    let gpu = GpuEngine::new(&GpuOptions::default()).expect("gpu");
    println!("{}", gpu.description());
    let cpu = CpuEngine::new();
    let n: u64 = std::env::var("N")
        .ok()
        .and_then(|s| s.parse().ok())
        .unwrap_or(40);
    let (mut bad, mut worst) = (0, 0.0f64);
    for seed in 0..n {
        let drawn = draw(seed).expect("drawn");
        let a = cpu.simulate(&drawn.problem()).expect("cpu");
        let b = match gpu.simulate(&drawn.problem()) {
            Ok(b) => b,
            Err(e) => {
                println!("seed {seed}: {e}");
                bad += 1;
                continue;
            }
        };
        if a.neurons() != b.neurons() {
            bad += 1;
            println!(
                "seed {seed} kind {}: {} vs {} spikes",
                (seed / 2) % 4,
                a.n_spikes(),
                b.n_spikes()
            );
            if bad < 3 {
                println!(
                    "{:?}\n{:?}\n{:?}\n{:?}",
                    a.neurons(),
                    b.neurons(),
                    a.times(),
                    b.times()
                );
            }
            continue;
        }
        let err = |x: &[f64], y: &[f64]| {
            x.iter()
                .zip(y)
                .map(|(x, y)| (x - y).abs())
                .fold(0.0, f64::max)
        };
        let t = err(a.times(), b.times());
        let s = err(a.slopes(), b.slopes());
        let r = err(a.release_slopes(), b.release_slopes());
        let mut v = 0.0f64;
        for (x, y) in a.readouts().iter().zip(b.readouts()) {
            v = v.max(err(&x.voltages, &y.voltages));
            v = v.max(err(&x.integrals, &y.integrals) / 30.0);
        }
        worst = worst.max(t);
        if t > 1e-4 || s > 1e-4 || r > 1e-4 || v > 1e-4 {
            println!(
                "seed {seed}: t {t:.2e} s {s:.2e} r {r:.2e} v {v:.2e} minslope {:?}",
                a.slopes().iter().copied().fold(9.0, f64::min)
            );
        }
    }
    println!("bad {bad} of {n}, worst {worst:e}, {:?}", gpu.statistics());
}
