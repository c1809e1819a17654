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

#[test]
fn grad() {
    use spikefront::{GradientOptions, Method};
    let gpu = GpuEngine::new(&GpuOptions::default()).expect("gpu");
    let cpu = CpuEngine::new();
    let method = if std::env::var("FORWARD").is_ok() {
        Method::Forward
    } else {
        Method::Adjoint
    };
    let n: u64 = std::env::var("N")
        .ok()
        .and_then(|s| s.parse().ok())
        .unwrap_or(40);
    let mut all = Vec::new();
    for seed in 0..n {
        let drawn = draw(seed).expect("drawn");
        let p = drawn.problem();
        let a = cpu.simulate(&p).expect("cpu");
        let b = gpu.simulate(&p).expect("gpu");
        if a.neurons() != b.neurons() {
            println!("skip {seed}");
            continue;
        }
        let c = common::cotangent(&a, seed);
        let o = GradientOptions::everything(method);
        let x = cpu.gradient(&p, &a, &c, &o).expect("cpu");
        let y = match gpu.gradient(&p, &b, &c, &o) {
            Ok(y) => y,
            Err(e) => {
                println!("{seed}: {e}");
                continue;
            }
        };
        let mut worst = (0.0f64, String::new());
        for t in drawn.network.layout().tensors() {
            let (u, v) = (
                &x.parameters[t.range.clone()],
                &y.parameters[t.range.clone()],
            );
            let largest = x.parameters.iter().fold(1e-30f64, |m, v| m.max(v.abs()));
            for (u, v) in u.iter().zip(v) {
                let e = (u - v).abs() / largest;
                all.push(e);
                if !(e <= worst.0) {
                    worst = (e, t.name.clone());
                }
            }
        }
        let largest = x.input_times.iter().fold(1e-30f64, |m, v| m.max(v.abs()));
        for (u, v) in x.input_times.iter().zip(&y.input_times) {
            let e = (u - v).abs() / largest;
            all.push(e);
            if !(e <= worst.0) {
                worst = (e, "inputs".into());
            }
        }
        if !(worst.0 < 1e-3) {
            println!(
                "seed {seed} kind {} syn {}: worst {:.2e} at {}, slope {:.1e}",
                (seed / 2) % 4,
                seed % 4 == 0,
                worst.0,
                worst.1,
                a.slopes().iter().copied().fold(9.0, f64::min)
            );
        }
    }
    all.sort_by(f64::total_cmp);
    println!(
        "n {} median {:.2e} p99.9 {:.2e} max {:.2e} {:?}",
        all.len(),
        all[all.len() / 2],
        all[all.len() * 999 / 1000],
        all[all.len() - 1],
        gpu.statistics()
    );
}

#[test]
fn jac() {
    use spikefront::{GradientOptions, Method};
    let gpu = GpuEngine::new(&GpuOptions::default()).expect("gpu");
    let cpu = CpuEngine::new();
    let n: u64 = std::env::var("N")
        .ok()
        .and_then(|s| s.parse().ok())
        .unwrap_or(24);
    for method in [Method::Adjoint, Method::Forward] {
        let mut all = Vec::new();
        for seed in 0..n {
            let drawn = draw(seed).expect("drawn");
            let p = drawn.problem();
            let a = cpu.simulate(&p).expect("cpu");
            let b = gpu.simulate(&p).expect("gpu");
            if a.neurons() != b.neurons() {
                println!("skip {seed}");
                continue;
            }
            let o = GradientOptions::everything(method);
            for sample in 0..2 {
                let x = cpu.jacobian(&p, &a, sample, &o).expect("cpu");
                let y = match gpu.jacobian(&p, &b, sample, &o) {
                    Ok(y) => y,
                    Err(e) => {
                        println!("{seed}: {e}");
                        continue;
                    }
                };
                for (u, v) in x.parameters.rows().into_iter().zip(y.parameters.rows()) {
                    let largest = u.iter().fold(1e-30f64, |m, v| m.max(v.abs()));
                    let w = u
                        .iter()
                        .zip(v)
                        .map(|(u, v)| (u - v).abs() / largest)
                        .fold(0.0f64, f64::max);
                    all.push(w);
                }
                for (u, v) in x.input_times.rows().into_iter().zip(y.input_times.rows()) {
                    let largest = u.iter().fold(1e-30f64, |m, v| m.max(v.abs()));
                    let w = u
                        .iter()
                        .zip(v)
                        .map(|(u, v)| (u - v).abs() / largest)
                        .fold(0.0f64, f64::max);
                    all.push(w);
                }
            }
        }
        all.sort_by(f64::total_cmp);
        println!(
            "{method} n {} median {:.2e} p99.9 {:.2e} max {:.2e} {:?}",
            all.len(),
            all[all.len() / 2],
            all[all.len() * 999 / 1000],
            all[all.len() - 1],
            gpu.statistics()
        );
    }
}
