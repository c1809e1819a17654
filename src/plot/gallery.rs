//! Pictures of made-up data: each of them whole, and none of them panics.

use std::path::PathBuf;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::*;
use crate::Result;
use crate::files::{create_folder, write_atomically};

const DIGITS: [&str; 10] = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];

fn bell(rng: &mut ChaCha8Rng) -> f64 {
    (0..12).map(|_| rng.random::<f64>()).sum::<f64>() - 6.0
}

fn training_sample() -> Result<String> {
    let epochs = |scale: f64, noise: f64| -> Vec<f64> {
        (0..60)
            .map(|e| {
                scale * (-f64::from(e) / 9.0).exp() + noise * (1.2 + (f64::from(e) * 1.7).sin())
            })
            .collect()
    };
    let (loss, other) = (epochs(1.3, 0.004), epochs(1.25, 0.02));
    let right =
        |loss: &[f64]| -> Vec<f64> { loss.iter().map(|l| 0.985 - 0.5 * l.min(1.3)).collect() };
    training(&Training {
        loss: &loss,
        accuracy: &right(&loss),
        validation_loss: Some(&other),
        validation_accuracy: Some(&right(&other)),
        silent: Some(&loss.iter().map(|l| 0.1 * l).collect::<Vec<f64>>()),
        test_accuracy: Some(0.967),
    })
}

fn raster_sample(sizes: &[(&str, usize, usize)], rng: &mut ChaCha8Rng) -> Result<String> {
    let spikes: Vec<Vec<(usize, f64)>> = sizes
        .iter()
        .enumerate()
        .map(|(layer, &(_, size, count))| {
            let time = |rng: &mut ChaCha8Rng| {
                (12.0 + 6.0 * layer as f64 + 4.0 * bell(rng)).clamp(0.0, 50.0)
            };
            (0..count)
                .map(|_| (rng.random_range(0..size), time(rng)))
                .collect()
        })
        .collect();
    let groups: Vec<RasterGroup> = sizes
        .iter()
        .zip(&spikes)
        .enumerate()
        .map(|(layer, (&(name, size, _), spikes))| RasterGroup {
            name,
            size,
            of: size,
            spikes,
            is_input: layer == 0 && sizes.len() > 1,
        })
        .collect();
    raster(&Raster {
        title: "a sample",
        note: "which was made up",
        groups: &groups,
        time: 0.0..50.0,
    })
}

fn histogram_sample(names: &[&str], rng: &mut ChaCha8Rng) -> Result<String> {
    let classes: Vec<usize> = (0..400 * names.len()).map(|ix| ix % names.len()).collect();
    let mut times = Vec::new();
    for &class in &classes {
        for output in 0..names.len() {
            let late = if output == class {
                0.0
            } else {
                6.0 + output as f64
            };
            let fired = rng.random::<f64>() > 0.01;
            times.push(fired.then(|| 22.0 + late + 1.5 * bell(rng)));
        }
    }
    first_spikes(&FirstSpikes {
        classes: &classes,
        times: &times,
        names,
    })
}

fn confusion_sample(names: &[&str], rng: &mut ChaCha8Rng) -> Result<String> {
    let classes: Vec<usize> = (0..1000).map(|ix| ix % names.len()).collect();
    let predicted: Vec<Option<usize>> = classes
        .iter()
        .map(|&class| match rng.random::<f64>() {
            x if x < 0.01 => None,
            x if x < 0.06 => Some(rng.random_range(0..names.len())),
            _ => Some(class),
        })
        .collect();
    confusion(&Confusion {
        classes: &classes,
        predicted: &predicted,
        names,
    })
}

fn distribution_sample(quantity: &str, scale: f64, rng: &mut ChaCha8Rng) -> Result<String> {
    let names = [
        "input->hidden",
        "hidden->hidden",
        "hidden->output",
        "a further one",
    ];
    let values: Vec<Vec<f64>> = [2000, 900, 60, 3]
        .map(|n| (0..n).map(|_| scale * (4.0 + bell(rng))).collect())
        .to_vec();
    let groups: Vec<DistributionGroup> = names
        .iter()
        .zip(&values)
        .map(|(name, values)| DistributionGroup { name, values })
        .collect();
    distribution(&Distribution {
        quantity,
        groups: &groups,
    })
}

fn yin_yang(x: f64, y: f64) -> usize {
    let dot = |cx: f64| (x - cx).hypot(y - 0.5);
    let (right, left) = (dot(0.75), dot(0.25));
    if right < 0.1 || left < 0.1 {
        return 2;
    }
    usize::from(!(right <= 0.1 || (left > 0.1 && left <= 0.25) || (y > 0.5 && right > 0.25)))
}

fn decision_sample(beside: Option<&[(usize, f64)]>, rng: &mut ChaCha8Rng) -> Result<String> {
    let n = 200;
    let centre = |ix: usize| (ix as f64 + 0.5) / n as f64;
    let grid: Vec<Option<usize>> = (0..n * n)
        .map(|ix| {
            let (x, y) = (centre(ix % n), centre(ix / n));
            (y + x > 0.08).then(|| yin_yang(x + 0.01 * (20.0 * y).sin(), y))
        })
        .collect();
    let mut samples = Vec::new();
    while samples.len() < 1000 {
        let (x, y) = (rng.random::<f64>(), rng.random::<f64>());
        if (x - 0.5).hypot(y - 0.5) < 0.5 {
            let predicted = Some(yin_yang(x + 0.01 * (20.0 * y).sin(), y));
            samples.push(DecisionSample {
                x,
                y,
                class: yin_yang(x, y),
                predicted,
            });
        }
    }
    let map = Decision {
        n,
        grid: &grid,
        samples: &samples,
        names: &["yin", "yang", "dot"],
    };
    match beside {
        None => decision(&map),
        Some(spikes) => overview(
            &map,
            &Raster {
                title: "a sample",
                note: "which was made up",
                groups: &[RasterGroup {
                    name: "a population",
                    size: 9,
                    of: 120,
                    spikes,
                    is_input: false,
                }],
                time: 0.0..9.0,
            },
        ),
    }
}

fn voltage_sample() -> Result<String> {
    let (mut v, mut current, mut t) = (0.0, 0.0, 0.0);
    let (mut times, mut voltages, mut spikes) = (vec![], vec![], vec![]);
    for step in 0..5000 {
        t = f64::from(step) * 0.01;
        if step % 450 == 100 {
            current += 0.22;
        }
        current -= current * 0.01 / 5.0;
        v += (current - v / 20.0) * 0.01 * 1.3;
        times.push(t);
        voltages.push(v);
        if v >= 1.0 {
            v = 0.0;
            spikes.push(VoltageSpike {
                time: t,
                gradient: Some(-0.3 - 3.0 * (t * 0.7).sin()),
            });
            times.push(t);
            voltages.push(v);
        }
    }
    assert!(t > 49.0 && spikes.len() > 5);
    voltage(&Voltage {
        times: &times,
        voltages: &voltages,
        threshold: 1.0,
        spikes: &spikes,
    })
}

fn scatter_sample(scale: ScatterScale, rng: &mut ChaCha8Rng) -> Result<String> {
    let x: Vec<f64> = (0..800)
        .map(|ix| {
            if ix == 5 {
                0.0
            } else {
                bell(rng) * 10f64.powf(-6.0 * rng.random::<f64>())
            }
        })
        .collect();
    let y: Vec<f64> = x
        .iter()
        .map(|x| x * (1.0 + 0.02 * bell(rng)) + 3e-6 * bell(rng))
        .collect();
    scatter(&Scatter {
        x: &x,
        y: &y,
        x_name: "adjoint gradient [1/weight]",
        y_name: "finite difference [1/weight]",
        caption: "800 weights, correlation 0.9998, largest relative error 3.1×10⁻⁶",
        scale,
    })
}

/// `SPIKEFRONT_GALLERY` names a folder in which to leave the pictures, for the eye.
#[test]
fn every_picture_is_whole() {
    let folder: Option<PathBuf> = std::env::var_os("SPIKEFRONT_GALLERY").map(PathBuf::from);
    let rng = &mut ChaCha8Rng::seed_from_u64(7);
    let small = [("input", 5, 9), ("hidden", 30, 40), ("output", 3, 4)];
    let large = [
        ("input", 784, 700),
        ("hidden", 350, 600),
        ("output", 10, 12),
    ];
    let long = [("a single population with a rather long name", 1000, 6000)];
    let pictures = [
        ("training", training_sample()),
        (
            "training_one",
            training(&Training {
                loss: &[0.7],
                accuracy: &[0.5],
                test_accuracy: Some(0.52),
                ..Training::default()
            }),
        ),
        ("raster_small", raster_sample(&small, rng)),
        ("raster_large", raster_sample(&large, rng)),
        ("raster_long", raster_sample(&long, rng)),
        (
            "histogram_three",
            histogram_sample(&["yin", "yang", "dot"], rng),
        ),
        ("histogram_ten", histogram_sample(&DIGITS, rng)),
        (
            "confusion_three",
            confusion_sample(&["yin", "yang", "dot"], rng),
        ),
        ("confusion_ten", confusion_sample(&DIGITS, rng)),
        ("weights", distribution_sample("weight", 1e-5, rng)),
        ("delays", distribution_sample("delay [ms]", 1.0, rng)),
        ("decision", decision_sample(None, rng)),
        (
            "overview",
            decision_sample(Some(&[(0, 0.0), (8, 9.0)]), rng),
        ),
        ("voltage", voltage_sample()),
        ("scatter_linear", scatter_sample(ScatterScale::Linear, rng)),
        (
            "scatter_magnitude",
            scatter_sample(ScatterScale::Magnitude, rng),
        ),
    ];
    for (name, svg) in pictures {
        let svg = svg.expect(name);
        seen::whole(&svg);
        assert!(svg.len() < 150_000, "{name}: {}", svg.len());
        if let Some(folder) = &folder {
            create_folder(folder).expect("a writable folder");
            let path = folder.join(format!("{name}.svg"));
            write_atomically(&path, svg).expect("a writable folder");
        }
    }
}
