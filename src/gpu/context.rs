//! The adapter and the device, and what they say when something goes wrong.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use super::adapters::{AdapterKind, DRIVER_REMEDY};
use super::options::{AdapterChoice, DeviceLimits, GpuOptions};
use super::reach::within_reach;
use crate::{Error, Result};

/// Storage buffers a kernel binds at most: what every WebGPU device offers.
const STORAGE_BUFFERS: u32 = 8;
/// Bytes of workgroup memory a kernel uses at most.
const WORKGROUP_BYTES: u32 = 16 << 10;
/// Invocations in a workgroup.
const INVOCATIONS: u32 = super::layout::WORKGROUP;

/// A device with its queue, and the first thing that went wrong on it outside of any scope.
pub struct Context {
    pub(super) device: wgpu::Device,
    pub(super) queue: wgpu::Queue,
    pub(super) info: wgpu::AdapterInfo,
    pub(super) limits: wgpu::Limits,
    /// Whether dispatches are to be timed, and can be.
    pub(super) has_clock: bool,
    fault: Arc<Mutex<Option<String>>>,
}

impl std::fmt::Debug for Context {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Context")
            .field("adapter", &self.info.name)
            .finish_non_exhaustive()
    }
}

/// The process's connection to the machine's graphics drivers: one, since drivers take long to begin, and do so again after the last ends.
pub(super) fn instance() -> &'static wgpu::Instance {
    static INSTANCE: OnceLock<wgpu::Instance> = OnceLock::new();
    INSTANCE
        .get_or_init(|| wgpu::Instance::new(wgpu::InstanceDescriptor::new_without_display_handle()))
}

/// Why an adapter cannot run the kernels; none where it can.
pub(super) fn shortcoming(limits: &wgpu::Limits) -> Option<String> {
    let needs = [
        (
            "storage buffers per shader stage",
            limits.max_storage_buffers_per_shader_stage,
            STORAGE_BUFFERS,
        ),
        (
            "bytes of workgroup memory",
            limits.max_compute_workgroup_storage_size,
            WORKGROUP_BYTES,
        ),
        (
            "invocations per workgroup",
            limits.max_compute_invocations_per_workgroup,
            INVOCATIONS,
        ),
        (
            "dynamic uniform buffers",
            limits.max_dynamic_uniform_buffers_per_pipeline_layout,
            1,
        ),
    ];
    let short = needs.iter().find(|(_, has, needs)| has < needs);
    short.map(|(what, has, needs)| format!("it offers {has} {what}, the kernels need {needs}"))
}

impl Context {
    /// Opens an adapter.
    ///
    /// # Errors
    /// No such adapter, one below the limits that the kernels need, or one that refuses.
    pub async fn new(options: &GpuOptions) -> Result<Self> {
        let choice = options.adapter;
        let mut adapters = instance().enumerate_adapters(wgpu::Backends::all()).await;
        let chosen = match choice {
            AdapterChoice::Index(ix) if ix < adapters.len() => ix,
            AdapterChoice::Index(ix) => {
                let remedy = format!(
                    "there are {}, counted from 0; `spikefront devices` lists them",
                    adapters.len()
                );
                return Err(Error::invalid("adapter", ix, remedy));
            }
            AdapterChoice::Any | AdapterChoice::Hardware | AdapterChoice::InTurn(_) => {
                best(&adapters, choice)?
            }
        };
        Self::open(adapters.swap_remove(chosen), options).await
    }

    async fn open(adapter: wgpu::Adapter, options: &GpuOptions) -> Result<Self> {
        let (info, offered) = (adapter.get_info(), adapter.limits());
        if let Some(why) = shortcoming(&offered) {
            let remedy = format!("{why}; choose another adapter or the CPU engine");
            return Err(Error::unavailable(
                format!("the adapter {}", info.name),
                remedy,
            ));
        }
        let limits = match options.limits {
            DeviceLimits::Adapter => within_reach(offered),
            DeviceLimits::WebGpu => wgpu::Limits::default(),
        };
        let clock = wgpu::Features::TIMESTAMP_QUERY;
        let has_clock = options.profiled && adapter.features().contains(clock);
        let descriptor = wgpu::DeviceDescriptor {
            label: Some("spikefront"),
            required_features: if has_clock {
                clock
            } else {
                wgpu::Features::empty()
            },
            required_limits: limits.clone(),
            memory_hints: wgpu::MemoryHints::MemoryUsage,
            ..Default::default()
        };
        let (device, queue) = adapter.request_device(&descriptor).await.map_err(|error| {
            let what = format!("a device of the adapter {}", info.name);
            Error::unavailable(
                what,
                format!("{error}; update its driver or use the CPU engine"),
            )
        })?;
        let fault = Arc::new(Mutex::new(None));
        let note = |fault: &Arc<Mutex<Option<String>>>| {
            let fault = Arc::clone(fault);
            move |text: String| {
                fault
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .get_or_insert(text);
            }
        };
        let on_error = note(&fault);
        device.on_uncaptured_error(Arc::new(move |error: wgpu::Error| {
            on_error(error.to_string())
        }));
        let on_loss = note(&fault);
        device.set_device_lost_callback(move |reason, message| {
            if reason != wgpu::DeviceLostReason::Destroyed {
                on_loss(format!("the device was lost: {message}"));
            }
        });
        Ok(Self {
            device,
            queue,
            info,
            limits,
            has_clock,
            fault,
        })
    }

    /// The adapter's name and driver.
    pub fn description(&self) -> String {
        describe(&self.info)
    }

    /// Whether the adapter is a piece of hardware rather than a software driver.
    pub fn is_hardware(&self) -> bool {
        AdapterKind::from(self.info.device_type).is_hardware()
    }

    /// Passes on what went wrong since the last call.
    ///
    /// # Errors
    /// A lost device, or a fault of a call that no scope was watching.
    pub(super) fn check(&self) -> Result<()> {
        match self
            .fault
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
        {
            None => Ok(()),
            Some(fault) => Err(self.failure(&fault)),
        }
    }

    /// An error of the device, with what to do.
    pub(super) fn failure(&self, detail: &str) -> Error {
        Error::device(
            self.info.name.clone(),
            detail,
            "try again with a smaller memory limit or batch, update the driver, or use the CPU engine",
        )
    }
}

/// Name, kind, back end and driver in one line.
pub(super) fn describe(info: &wgpu::AdapterInfo) -> String {
    let kind = AdapterKind::from(info.device_type);
    format!("{} ({kind}, {}, {})", info.name, info.backend, driver(info))
}

/// The driver and its version; empty where the system does not say.
pub(super) fn driver(info: &wgpu::AdapterInfo) -> String {
    let both = [info.driver.as_str(), info.driver_info.as_str()].join(" ");
    both.trim().to_owned()
}

/// Of the best kind that can run the kernels the first, or the one whose turn it is.
fn best(adapters: &[wgpu::Adapter], choice: AdapterChoice) -> Result<usize> {
    let kind = |adapter: &wgpu::Adapter| AdapterKind::from(adapter.get_info().device_type);
    let usable = adapters.iter().enumerate().filter(|(_, adapter)| {
        let is_wanted = choice != AdapterChoice::Hardware || kind(adapter).is_hardware();
        let is_noop = adapter.get_info().backend == wgpu::Backend::Noop;
        is_wanted && !is_noop && shortcoming(&adapter.limits()).is_none()
    });
    let usable: Vec<_> = usable.collect();
    let first = usable.iter().min_by_key(|(_, adapter)| kind(adapter));
    let found = first.map(|(ix, first)| match choice {
        AdapterChoice::InTurn(number) => {
            // One GPU may be offered by two backends.
            let backend = first.get_info().backend;
            let is_as_good = |(_, other): &&(usize, &wgpu::Adapter)| {
                kind(other) == kind(first) && other.get_info().backend == backend
            };
            let as_good: Vec<usize> = usable
                .iter()
                .filter(is_as_good)
                .map(|(ix, _)| *ix)
                .collect();
            as_good[number % as_good.len()]
        }
        _ => *ix,
    });
    found.ok_or_else(|| {
        let what = match choice {
            AdapterChoice::Hardware => "a hardware GPU",
            _ => "a GPU",
        };
        Error::unavailable(what, format!("{DRIVER_REMEDY}, or use the CPU engine"))
    })
}
