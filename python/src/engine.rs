//! What computes.

use std::sync::{Arc, Mutex, PoisonError};

use pyo3::prelude::*;
use spikefront::Engine as Computes;
use spikefront::cpu::CpuEngine;
use spikefront::gpu::{AdapterChoice, GpuEngine, GpuOptions};

use crate::error::{Error, raise};

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
    fn open(name: &str, adapter: Option<usize>) -> PyResult<Self> {
        let gpu = |adapter| {
            let engine = GpuEngine::new(&GpuOptions {
                adapter,
                ..GpuOptions::default()
            });
            engine.map(|engine| Arc::new(engine) as Arc<dyn Computes>)
        };
        let cpu = || Arc::new(CpuEngine::new()) as Arc<dyn Computes>;
        let inner = match (name, adapter) {
            ("cpu", None) => cpu(),
            ("gpu", None) => gpu(AdapterChoice::Any).map_err(raise)?,
            ("gpu" | "auto", Some(index)) => gpu(AdapterChoice::Index(index)).map_err(raise)?,
            ("auto", None) => gpu(AdapterChoice::Hardware).unwrap_or_else(|_| cpu()),
            ("cpu", Some(index)) => {
                return Err(crate::error::invalid(
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
        let engine = match asked {
            EngineChoice::Engine(engine) => engine.clone(),
            EngineChoice::Named(name) => py.detach(|| Self::named(name))?,
        };
        if engine.inner.name() == "gpu" && engine.process != std::process::id() {
            return Err(Error::new_err(
                "the GPU was opened by the process that this one was forked from: open an Engine here, or start processes \
                 by \"spawn\"",
            ));
        }
        Ok(engine)
    }

    fn named(name: &str) -> PyResult<Self> {
        let process = std::process::id();
        let mut opened = OPENED.lock().unwrap_or_else(PoisonError::into_inner);
        opened.retain(|(_, engine)| engine.process == process);
        if let Some((_, engine)) = opened.iter().find(|(opened, _)| opened == name) {
            return Ok(engine.clone());
        }
        let engine = Self::open(name, None)?;
        opened.push((name.to_owned(), engine.clone()));
        Ok(engine)
    }
}

/// An engine, or the name of one.
#[derive(FromPyObject)]
pub enum EngineChoice {
    Engine(Engine),
    Named(String),
}

#[pymethods]
impl Engine {
    #[new]
    #[pyo3(signature = (name="auto", *, adapter=None))]
    fn new(py: Python<'_>, name: &str, adapter: Option<usize>) -> PyResult<Self> {
        py.detach(|| Self::open(name, adapter))
    }

    /// ``"cpu"`` or ``"gpu"``.
    #[getter]
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn __copy__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __deepcopy__(slf: Py<Self>, _memo: &Bound<'_, PyAny>) -> Py<Self> {
        slf
    }

    fn __repr__(&self) -> String {
        format!("Engine(\"{}\")", self.inner.name())
    }
}

/// The GPUs that there are, one line each, software drivers included.
///
/// Returns
/// -------
/// list of str
#[pyfunction]
pub fn adapters(py: Python<'_>) -> Vec<String> {
    let found = py.detach(spikefront::gpu::adapters);
    found.iter().map(|adapter| format!("{adapter:?}")).collect()
}
