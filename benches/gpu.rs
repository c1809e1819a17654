//! What the GPU engine and its kernels cost.
//!
//! `cargo bench --bench gpu` times whole calls by the host's clock, and the kernels in them by the device's
//! own where it has one. `-- --quick` is enough on a software driver. Without an adapter
//! it says that it is skipped, and succeeds.

mod workload;

use std::time::Duration;

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, Throughput};
use spikefront::gpu::{DRIVER_REMEDY, GpuEngine, GpuOptions};
use spikefront::loss::{FirstSpikeCrossEntropy, Loss};
use spikefront::network::TensorKind;
use spikefront::session::{
    DeviceOptimiser, SessionLoss, SessionPlan, Step, TrainedTensor, Transform,
};
use spikefront::{Engine, ErrorKind, GradientOptions, Method, Result};
use workload::{Workload, every_spike};

/// Inputs, hidden neurons, outputs, samples.
const SIZES: [([usize; 3], usize); 2] = [([5, 120, 3], 32), ([32, 64, 10], 16)];
/// All weights onto a neuron, in 1/ms: most hidden neurons fire.
const TOTAL: f64 = 0.4;
/// On hardware as well: a software driver takes minutes.
const LARGE: ([usize; 3], usize) = ([784, 350, 10], 1024);

/// The same adapter twice: time stamps cost something, and whole calls are timed without.
struct Engines {
    plain: GpuEngine,
    profiled: GpuEngine,
}

impl Engines {
    /// None where there is no adapter.
    fn open() -> Result<Option<Self>> {
        let open = |profiled| GpuEngine::new(&GpuOptions::default().profiled(profiled));
        match open(false) {
            Ok(plain) => Ok(Some(Self {
                plain,
                profiled: open(true)?,
            })),
            Err(error) if error.kind() == ErrorKind::Unavailable => {
                println!("skipped: no adapter; {DRIVER_REMEDY}");
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// Times a call, and on the device those of its kernels that are named.
    fn time(
        &self,
        group: &mut BenchmarkGroup<'_, WallTime>,
        name: &str,
        kernels: &[&str],
        call: &dyn Fn(&GpuEngine) -> Result<()>,
    ) -> Result<()> {
        // Once before: shaders are compiled, and buffers find their size.
        call(&self.plain)?;
        group.bench_function(name, |b| b.iter(|| call(&self.plain)));
        call(&self.profiled)?;
        let profile = self.profiled.take_profile();
        for &kernel in kernels {
            if !profile.contains_key(kernel) {
                println!("{name}/{kernel}: the adapter has no clock");
                continue;
            }
            group.bench_function(format!("{name}/{kernel}"), |b| {
                b.iter_custom(|n| {
                    self.profiled.take_profile();
                    for _ in 0..n {
                        call(&self.profiled).expect("it ran before");
                    }
                    let seconds = self.profiled.take_profile()[kernel].seconds;
                    // Clocks may be too coarse to see it; no time at all cannot be analysed.
                    Duration::from_secs_f64(seconds).max(Duration::from_nanos(1))
                });
            });
        }
        Ok(())
    }

    fn simulation(&self, group: &mut BenchmarkGroup<'_, WallTime>, work: &Workload) -> Result<()> {
        let problem = work.problem();
        self.time(
            group,
            "simulate",
            &["gather", "advance", "order"],
            &|engine| engine.simulate(&problem).map(drop),
        )
    }

    fn gradient(
        &self,
        group: &mut BenchmarkGroup<'_, WallTime>,
        work: &Workload,
        method: Method,
        kernels: &[&str],
    ) -> Result<()> {
        let problem = work.problem();
        let recording = self.plain.simulate(&problem)?;
        assert!(
            recording.n_spikes() > 0,
            "there is something to differentiate"
        );
        let cotangent = every_spike(&recording);
        let options = GradientOptions::default().method(method);
        self.time(group, &method.to_string(), kernels, &|engine| {
            let gradient = engine.gradient(&problem, &recording, &cotangent, &options);
            gradient.map(drop)
        })
    }

    /// A batch of a training on the device: simulation and loss, and with the sweep and Adam's update.
    fn training(&self, group: &mut BenchmarkGroup<'_, WallTime>, work: &Workload) -> Result<()> {
        let output = work.network.population_named("output")?;
        let loss = FirstSpikeCrossEntropy::new(output, 2.0)?;
        let loss = SessionLoss::Device(loss.on_device().expect("devices know first spikes"));
        let weights = work.network.layout().tensors().iter();
        let weights = weights.filter(|tensor| tensor.kind == TensorKind::Weight);
        let trained: Vec<TrainedTensor> = weights
            .map(|tensor| TrainedTensor {
                range: tensor.range.clone(),
                multiple: 1.0,
                transform: Transform::Identity,
            })
            .collect();
        let plan = SessionPlan {
            network: &work.network,
            parameters: &work.parameters,
            simulation: &work.options,
            slope_floor: GradientOptions::default().slope_floor,
            loss: &loss,
            optimiser: DeviceOptimiser::Adam {
                beta1: 0.9,
                beta2: 0.999,
                epsilon: 1e-8,
            },
            trained: &trained,
            clip_norm: None,
            raise_directions: &[],
        };
        let session = self.plain.session(&plan)?;
        let mut session = session.expect("the GPU engine has sessions");
        let labels = vec![0; work.inputs.n_samples()];
        session.evaluate(&work.inputs, &labels)?;
        group.bench_function("evaluate", |b| {
            b.iter(|| session.evaluate(&work.inputs, &labels));
        });
        // Without a rate the weights stay, and every step has the same spikes.
        let step = Step {
            rate: 0.0,
            raise_silent: 0.0,
        };
        session.step(&work.inputs, &labels, step)?;
        group.bench_function("step", |b| {
            b.iter(|| session.step(&work.inputs, &labels, step));
        });
        Ok(())
    }
}

fn main() -> Result<()> {
    let Some(engines) = Engines::open()? else {
        return Ok(());
    };
    println!("{}", engines.plain.description());
    let mut criterion = Criterion::default()
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(1))
        .sample_size(10)
        .configure_from_args();
    let large = engines.plain.is_hardware().then_some(LARGE);
    for (sizes, n_samples) in SIZES.into_iter().chain(large) {
        let name = sizes.map(|size| size.to_string()).join("-");
        let work = Workload::new(sizes, n_samples, 1, TOTAL);
        let mut group = criterion.benchmark_group(format!("{name}, {n_samples} samples"));
        group.throughput(Throughput::Elements(work.synaptic_events));
        engines.simulation(&mut group, &work)?;
        engines.gradient(
            &mut group,
            &work,
            Method::Adjoint,
            &["adjoint", "deliver", "reduce"],
        )?;
        engines.training(&mut group, &work)?;
        group.finish();
        // Every weight is a column: of one sample.
        let work = Workload::new(sizes, 1, 1, TOTAL);
        let mut group = criterion.benchmark_group(format!("{name}, 1 sample"));
        group.throughput(Throughput::Elements(work.synaptic_events));
        engines.gradient(
            &mut group,
            &work,
            Method::Forward,
            &["sensitivity", "contract"],
        )?;
        group.finish();
    }
    criterion.final_summary();
    Ok(())
}
