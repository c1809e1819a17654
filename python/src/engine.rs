//! What computes.

use std::ffi::CString;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use pyo3::exceptions::{PyRuntimeWarning, PyTypeError};
use pyo3::prelude::*;
use spikefront::Engine as Computes;
use spikefront::cpu::CpuEngine;
use spikefront::gpu::{AdapterChoice, AdapterDescription, GpuEngine, GpuOptions};

use crate::error::{Error, invalid, raise};
use crate::work::threads;

/// Which engine computes.
///
/// Parameters
/// ----------
/// name : {"auto", "cpu", "gpu"}
///     ``"cpu"``: double precision, on all cores. ``"gpu"``: single precision on a GPU, or on a software driver where there is
///     none. ``"auto"``: a hardware GPU if there is one, else the CPU.
/// adapter : int, optional
///     Which GPU, by its place in :func:`adapters`.
#[pyclass(module = "spikefront", frozen, from_py_object)]
#[derive(Clone)]
pub struct Engine {
    pub inner: Arc<dyn Computes>,
    /// The process that opened a device: a child that was forked cannot use it.
    process: u32,
}

/// The engines that were asked for by name in this process.
static OPENED: Mutex<Vec<(String, Engine)>> = Mutex::new(Vec::new());

impl Engine {
    fn open(py: Python<'_>, name: &str, adapter: Option<usize>) -> PyResult<Self> {
        let gpu = |adapter| {
            let options = GpuOptions::default().adapter(adapter);
            py.detach(|| GpuEngine::new(&options))
                .map(|engine| Arc::new(engine) as Arc<dyn Computes>)
        };
        // Threads of its own, which it keeps awake between the calls of a step.
        let cpu = || -> PyResult<Arc<dyn Computes>> {
            Ok(Arc::new(
                CpuEngine::new().threads(threads()?).map_err(raise)?,
            ))
        };
        let inner = match (name, adapter) {
            ("cpu", None) => cpu()?,
            ("gpu", None) => gpu(AdapterChoice::Any).map_err(raise)?,
            ("gpu" | "auto", Some(index)) => gpu(AdapterChoice::Index(index)).map_err(raise)?,
            ("auto", None) => {
                let found = py.detach(spikefront::gpu::adapters);
                match found.iter().any(AdapterDescription::is_usable_hardware) {
                    false => cpu()?,
                    true => match gpu(AdapterChoice::Hardware) {
                        Ok(engine) => engine,
                        Err(error) => {
                            let text = CString::new(format!("the CPU computes: {error}"))
                                .unwrap_or_default();
                            PyErr::warn(py, &py.get_type::<PyRuntimeWarning>(), &text, 1)?;
                            cpu()?
                        }
                    },
                }
            }
            ("cpu", Some(index)) => {
                return Err(invalid(
                    "adapter",
                    index,
                    "leave it out: the CPU engine has none",
                ));
            }
            _ => {
                return Err(raise(spikefront::Error::unknown(
                    "engine",
                    name,
                    &["auto", "cpu", "gpu"],
                )));
            }
        };
        Ok(Self {
            inner,
            process: std::process::id(),
        })
    }

    /// An engine, or the one of a name; opened once in a process.
    pub fn of(py: Python<'_>, asked: &EngineChoice) -> PyResult<Self> {
        match asked {
            EngineChoice::Engine(engine) => Ok(engine.clone()),
            EngineChoice::Named(name) => Self::named(py, name),
        }
    }

    /// What computes in this process: a child that was forked has neither the threads nor the device of its parent.
    pub fn live(&self, py: Python<'_>) -> PyResult<Arc<dyn Computes>> {
        match (self.process == std::process::id(), self.inner.name()) {
            (true, _) => Ok(self.inner.clone()),
            (false, "cpu") => Self::named(py, "cpu").map(|engine| engine.inner),
            (false, _) => Err(Error::new_err(
                "the GPU was opened by the process that this one was forked from: open an Engine here, or start processes by \
                 \"spawn\"",
            )),
        }
    }

    fn named(py: Python<'_>, name: &str) -> PyResult<Self> {
        let process = std::process::id();
        let known =
            |(opened, engine): &&(String, Self)| opened == name && engine.process == process;
        let found = lock(&OPENED)
            .iter()
            .find(known)
            .map(|(_, engine)| engine.clone());
        if let Some(engine) = found {
            return Ok(engine);
        }
        let engine = Self::open(py, name, None)?;
        let mut opened = lock(&OPENED);
        // The parent's are kept: their threads cannot be waited for here.
        opened.push((name.to_owned(), engine.clone()));
        Ok(engine)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// An engine, or the name of one.
pub enum EngineChoice {
    Engine(Engine),
    Named(String),
}

impl FromPyObject<'_, '_> for EngineChoice {
    type Error = PyErr;

    fn extract(of: Borrowed<'_, '_, PyAny>) -> PyResult<Self> {
        if let Ok(engine) = of.cast::<Engine>() {
            return Ok(Self::Engine(engine.get().clone()));
        }
        let name = of.extract::<String>().map(Self::Named);
        name.map_err(|_| PyTypeError::new_err("engine is \"auto\", \"cpu\", \"gpu\" or an Engine"))
    }
}

#[pymethods]
impl Engine {
    #[new]
    #[pyo3(signature = (name="auto", *, adapter=None))]
    fn new(py: Python<'_>, name: &str, adapter: Option<usize>) -> PyResult<Self> {
        Self::open(py, name, adapter)
    }

    /// ``"cpu"`` or ``"gpu"``.
    #[getter]
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn __repr__(&self) -> String {
        format!("Engine(\"{}\")", self.inner.name())
    }
}

/// The GPUs that there are, software drivers included: for each its number, name, kind, interface and driver.
///
/// Returns
/// -------
/// list of str
#[pyfunction]
pub fn adapters(py: Python<'_>) -> Vec<String> {
    let found = py.detach(spikefront::gpu::adapters);
    let line = |of: &AdapterDescription| {
        let why = of
            .shortcoming
            .as_ref()
            .map(|why| format!("; cannot run the kernels: {why}"));
        format!(
            "{}: {}, {}, {}, {}{}",
            of.index,
            of.name,
            of.kind,
            of.backend,
            of.driver,
            why.unwrap_or_default()
        )
    };
    found.iter().map(line).collect()
}
