//! What kernels would take on devices that need not be there.

use std::collections::BTreeMap;
use std::fmt::Write;

use anyhow::bail;
use clap::Args;
use serde::Serialize;
use spikefront::Result;
use spikefront::gpu::Ceilings;
use spikefront::gpu::model::{Device, Work};

/// Which devices are predicted, and how.
#[derive(Debug, Clone, Args)]
pub struct ModelArgs {
    /// Predict instead of measuring, without a GPU: for uhd-770, m3, rtx-4090, h100 or h200, or for all of them; `measured`
    /// measures with the engine gpu and prints beside that what its measured ceilings predict
    #[arg(long, value_name = "DEVICE", num_args = 0..=1, default_missing_value = ALL)]
    pub model: Option<String>,
    /// Assume that a dispatch takes so many microseconds beside its work [default: 2, of integrated GPUs 5]
    #[arg(long, value_name = "US", value_parser = microseconds)]
    dispatch_us: Option<f64>,
    /// Assume that a submission and reading its results take so many microseconds [default: 100, of integrated GPUs 200]
    #[arg(long, value_name = "US", value_parser = microseconds)]
    submission_us: Option<f64>,
    /// Assume that a turn of a loop takes so many microseconds beside its arithmetic [default: 250 cycles]
    #[arg(long, value_name = "US", value_parser = microseconds)]
    turn_us: Option<f64>,
}

/// All presets.
const ALL: &str = "all";
/// The device that is there.
const MEASURED: &str = "measured";

fn microseconds(text: &str) -> std::result::Result<f64, String> {
    let value: f64 = text.parse().map_err(|_| "not a number".to_owned())?;
    if value.is_finite() && value >= 0.0 {
        Ok(value)
    } else {
        Err("give a time of 0 or more".to_owned())
    }
}

impl ModelArgs {
    /// Whether the device that is there is to be measured, and predicted beside that.
    pub fn is_measured(&self) -> bool {
        self.model.as_deref() == Some(MEASURED)
    }

    /// Refuses to predict for the device that is there where none is measured.
    ///
    /// # Errors
    /// So it is asked for, without the engine that measures it.
    pub fn check(&self, measures_gpu: bool) -> anyhow::Result<()> {
        if self.is_measured() && !measures_gpu {
            bail!("--model measured measures a GPU: give --engines gpu, or the name of a device");
        }
        Ok(())
    }

    /// The devices that are predicted instead of measuring; none where something is measured.
    ///
    /// # Errors
    /// No preset of that name.
    pub fn devices(&self) -> Result<Vec<Device>> {
        let devices = match self.model.as_deref() {
            None | Some(MEASURED) => Vec::new(),
            Some(ALL) => Device::ALL.to_vec(),
            Some(name) => vec![Device::named(name)?],
        };
        let with = |device| self.with_assumptions(device);
        Ok(devices.into_iter().map(with).collect())
    }

    /// The device that has these ceilings; what was not measured is as of the preset that is nearest to it.
    pub fn device_of(&self, ceilings: &Ceilings) -> Device {
        let ratio = |device: &Device| {
            let ratio = device.multiply_adds / ceilings.multiply_adds_per_second;
            ratio.ln().abs()
        };
        let nearest = Device::ALL
            .into_iter()
            .min_by(|a, b| ratio(a).total_cmp(&ratio(b)));
        let nearest = nearest.unwrap_or(Device::H100);
        self.with_assumptions(Device::measured(ceilings, &nearest))
    }

    fn with_assumptions(&self, mut device: Device) -> Device {
        let set = |field: &mut f64, asked: Option<f64>| {
            if let Some(asked) = asked {
                *field = asked * 1e-6;
            }
        };
        set(&mut device.dispatch, self.dispatch_us);
        set(&mut device.submission, self.submission_us);
        set(&mut device.turn, self.turn_us);
        device
    }
}

/// A run as it is counted and predicted.
#[derive(Debug, Clone, Serialize)]
pub struct Predicted {
    pub run: &'static str,
    pub submissions: usize,
    pub readbacks: usize,
    pub kernels: BTreeMap<&'static str, Counted>,
    /// All of it on each device, in ms.
    pub total_ms: BTreeMap<&'static str, f64>,
}

/// A kernel as it is counted, and how long each device takes for it.
#[derive(Debug, Clone, Serialize)]
pub struct Counted {
    pub dispatches: usize,
    pub multiply_adds: f64,
    pub exponentials: f64,
    pub bytes: f64,
    pub workgroup_bytes: f64,
    pub atomics: f64,
    pub devices: BTreeMap<&'static str, OnDevice>,
}

/// How long a device takes for a kernel, and what binds.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct OnDevice {
    pub ms: f64,
    pub bound: &'static str,
}

impl Predicted {
    /// Some work on some devices.
    pub fn new(run: &'static str, work: &Work, devices: &[Device]) -> Self {
        let kernels = work.kernels.iter().map(|(&kernel, launches)| {
            let cost = work.cost(kernel);
            let on = |device: &Device| {
                let predicted = device.predict(launches);
                let on = OnDevice {
                    ms: 1e3 * predicted.seconds,
                    bound: predicted.bound.name(),
                };
                (device.name, on)
            };
            let counted = Counted {
                dispatches: launches.len(),
                multiply_adds: cost.multiply_adds,
                exponentials: cost.exponentials,
                bytes: cost.bytes(),
                workgroup_bytes: cost.workgroup_bytes,
                atomics: cost.atomics,
                devices: devices.iter().map(on).collect(),
            };
            (kernel, counted)
        });
        let total = |device: &Device| (device.name, 1e3 * device.total(work));
        Self {
            run,
            submissions: work.submissions,
            readbacks: work.readbacks,
            kernels: kernels.collect(),
            total_ms: devices.iter().map(total).collect(),
        }
    }

    /// For a terminal.
    pub fn table(&self, devices: &[Device]) -> String {
        let mut text = String::new();
        // Writing to a string cannot fail, here and below.
        let _ = write!(
            text,
            "  {:<22} {:>7} {:>11} {:>9} {:>10} {:>10} {:>9}",
            self.run, "disp.", "M mult-adds", "M exp", "MB mem", "MB wg", "k atomics"
        );
        for device in devices {
            let _ = write!(text, " {:>9} ms {:<12}", device.name, "bound");
        }
        text.push('\n');
        for (kernel, counted) in &self.kernels {
            let _ = write!(
                text,
                "  {kernel:<22} {:>7} {:>11.2} {:>9.2} {:>10.2} {:>10.2} {:>9.1}",
                counted.dispatches,
                counted.multiply_adds / 1e6,
                counted.exponentials / 1e6,
                counted.bytes / 1e6,
                counted.workgroup_bytes / 1e6,
                counted.atomics / 1e3,
            );
            for device in devices {
                let on = counted.devices[device.name];
                let _ = write!(text, " {:>12.3} {:<12}", on.ms, on.bound);
            }
            text.push('\n');
        }
        let ends = format!(
            "{} submissions, {} readbacks",
            self.submissions, self.readbacks
        );
        let _ = write!(text, "  all, {ends:<79}");
        for device in devices {
            let _ = write!(text, " {:>12.3} {:<12}", self.total_ms[device.name], "");
        }
        text.push('\n');
        text
    }
}
