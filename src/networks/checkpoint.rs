//! A simulation's state in a file.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write;
use std::path::{Path, PathBuf};

use safetensors::tensor::{Dtype, SafeTensors, TensorView, serialize};
use serde::{Deserialize, Serialize};

use crate::files::{self, sealed};
use crate::network::NetworkBuilder;
use crate::stream::{HeldNeuron, StreamSpike, StreamState, UnderwaySpike};
use crate::{Error, Result};

const FORMAT: &str = "spikefront simulation 1";
/// The largest file that is read, in bytes.
const MOST_BYTES: u64 = 1 << 36;

/// A simulation that can be gone on with, bit for bit.
///
/// The file is in the safetensors format: the state's arrays, and in the header's metadata its numbers as JSON, the digest of the
/// network's description, a text of whoever runs it, and the CRC-32 (IEEE 802.3) of the whole file with the checksum's own eight
/// digits taken as zeros.
#[derive(Debug, Clone, PartialEq)]
pub struct SimulationCheckpoint {
    /// Where the simulation is.
    pub state: StreamState,
    /// What else there is to remember, e.g. of what has been recorded.
    pub notes: String,
    digest: String,
    /// Where it was read from, for errors.
    origin: PathBuf,
}

/// The state's numbers; reals as their bits.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Numbers {
    window: u64,
    now: u64,
    reached: u64,
    ids: u64,
    generated: u64,
    synaptic_events: u64,
    handed: u64,
}

impl SimulationCheckpoint {
    /// The state of a simulation of the network that a builder describes.
    pub fn new(network: &NetworkBuilder, state: StreamState, notes: String) -> Self {
        Self {
            state,
            notes,
            digest: digest(network),
            origin: PathBuf::from("the checkpoint"),
        }
    }

    /// Refuses the state of another network: of another seed, another size or any other value.
    ///
    /// # Errors
    /// Another network, with both digests.
    pub fn check(&self, network: &NetworkBuilder) -> Result<()> {
        let here = digest(network);
        if here == self.digest {
            return Ok(());
        }
        Err(Error::invalid(
            format!("network of {}", self.origin.display()),
            format!("another one ({} there, {here} here)", self.digest),
            "give the network, the scale, the seed and the settings that the run began with",
        ))
    }

    /// Writes it, replacing what was there only once all of it is on disk.
    ///
    /// # Errors
    /// A file that cannot be written: a former checkpoint is as it was.
    pub fn write(&self, path: impl AsRef<Path>) -> Result<()> {
        let path = path.as_ref();
        let state = &self.state;
        let failed = |error: String| Error::io("write", path, std::io::Error::other(error));
        let numbers = Numbers {
            window: state.window.to_bits(),
            now: state.now,
            reached: state.reached.to_bits(),
            ids: state.ids,
            generated: state.generated,
            synaptic_events: state.synaptic_events,
            handed: state.handed,
        };
        let numbers = serde_json::to_string(&numbers).map_err(|e| failed(e.to_string()))?;
        let metadata = HashMap::from([
            ("format".to_owned(), FORMAT.to_owned()),
            ("version".to_owned(), env!("CARGO_PKG_VERSION").to_owned()),
            ("numbers".to_owned(), numbers),
            ("network".to_owned(), self.digest.clone()),
            ("notes".to_owned(), self.notes.clone()),
            (sealed::KEY.to_owned(), sealed::OPEN.to_owned()),
        ]);
        let arrays: Vec<(&str, Dtype, usize, Vec<u8>)> = arrays(state);
        let views = arrays
            .iter()
            .map(|(name, kind, len, bytes)| {
                TensorView::new(*kind, vec![*len], bytes).map(|view| (*name, view))
            })
            .collect::<std::result::Result<Vec<_>, _>>()
            .map_err(|error| failed(error.to_string()))?;
        let mut file =
            serialize(views, Some(metadata)).map_err(|error| failed(error.to_string()))?;
        if !sealed::seal(&mut file) {
            return Err(failed("the header has no checksum".to_owned()));
        }
        files::write_atomically(path, file)
    }

    /// Reads what [`write`](Self::write) wrote.
    ///
    /// # Errors
    /// A file that cannot be read, that is cut short or has a bit that changed, or that is no simulation.
    pub fn read(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let file = files::read(path, MOST_BYTES)?;
        let fault = |detail: String| Error::malformed(path.display().to_string(), detail);
        let wrong = |error: &dyn std::fmt::Display| fault(error.to_string());
        let remedy = "use another copy, or begin the run anew";
        let header = sealed::Header::read(&file, (FORMAT, "a simulation's is"), remedy);
        let header = header.map_err(fault)?;
        let text = |key: &str| header.text(key).map_err(fault);
        let numbers: Numbers = serde_json::from_str(text("numbers")?).map_err(|e| wrong(&e))?;
        let tensors = SafeTensors::deserialize(&file).map_err(|e| wrong(&e))?;
        let mut words = BTreeMap::new();
        for (name, view) in tensors.iter() {
            if !matches!(view.dtype(), Dtype::F64 | Dtype::U64) {
                return Err(fault(format!("array {name} is not of 64 bits")));
            }
            let all = view.data().as_chunks().0.iter();
            let all: Vec<u64> = all.map(|&bytes| u64::from_le_bytes(bytes)).collect();
            words.insert(name.to_owned(), all);
        }
        Ok(Self {
            state: state(&numbers, &mut words).map_err(fault)?,
            notes: text("notes")?.to_owned(),
            digest: text("network")?.to_owned(),
            origin: path.to_owned(),
        })
    }
}

/// What a builder was told, in short.
fn digest(network: &NetworkBuilder) -> String {
    struct Sum(crc32fast::Hasher);
    impl Write for Sum {
        fn write_str(&mut self, text: &str) -> std::fmt::Result {
            self.0.update(text.as_bytes());
            Ok(())
        }
    }
    let described = network.described();
    let mut sum = Sum(crc32fast::Hasher::new());
    // Numbers are written with all their digits. Writing to a sum cannot fail.
    let _ = write!(sum, "{described:?}");
    let populations = described.as_ref().map_or(&[][..], |d| &d.populations);
    let neurons = populations.last().map_or(0, |p| p.neurons.end);
    format!("crc32:{:08x} of {neurons} neurons", sum.0.finalize())
}

fn arrays(state: &StreamState) -> Vec<(&'static str, Dtype, usize, Vec<u8>)> {
    type Words<'a> = Box<dyn Iterator<Item = u64> + 'a>;
    fn reals<'a>(values: impl Iterator<Item = f64> + 'a) -> (Dtype, Words<'a>) {
        (Dtype::F64, Box::new(values.map(f64::to_bits)))
    }
    fn whole<'a>(values: impl Iterator<Item = u64> + 'a) -> (Dtype, Words<'a>) {
        (Dtype::U64, Box::new(values))
    }
    let (held, underway, withheld) = (&state.held, &state.underway, &state.withheld);
    let all: [(&str, (Dtype, Words)); 15] = [
        ("potentials", reals(state.potentials.iter().copied())),
        ("currents", reals(state.currents.iter().copied())),
        ("held.neuron", whole(held.iter().map(|h| h.neuron.into()))),
        ("held.window", whole(held.iter().map(|h| h.window))),
        ("held.release", reals(held.iter().map(|h| h.release))),
        ("drives.offset", reals(state.drives.iter().map(|d| d.0))),
        ("drives.number", whole(state.drives.iter().map(|d| d.1))),
        ("underway.id", whole(underway.iter().map(|s| s.id))),
        (
            "underway.source",
            whole(underway.iter().map(|s| s.source.into())),
        ),
        (
            "underway.number",
            whole(underway.iter().map(|s| s.number.into())),
        ),
        ("underway.window", whole(underway.iter().map(|s| s.window))),
        ("underway.offset", reals(underway.iter().map(|s| s.offset))),
        (
            "withheld.neuron",
            whole(withheld.iter().map(|s| s.neuron.into())),
        ),
        ("withheld.window", whole(withheld.iter().map(|s| s.window))),
        ("withheld.offset", reals(withheld.iter().map(|s| s.offset))),
    ];
    all.into_iter()
        .map(|(name, (kind, words))| {
            let bytes: Vec<u8> = words.flat_map(u64::to_le_bytes).collect();
            (name, kind, bytes.len() / size_of::<u64>(), bytes)
        })
        .collect()
}

fn state(
    numbers: &Numbers,
    words: &mut BTreeMap<String, Vec<u64>>,
) -> std::result::Result<StreamState, String> {
    let mut take = |name: &str| {
        let found = words.remove(name);
        found.ok_or_else(|| format!("array {name} is missing"))
    };
    let small =
        |value: u64| u32::try_from(value).map_err(|_| format!("{value} is no number of a neuron"));
    let reals = |all: Vec<u64>| -> Vec<f64> { all.into_iter().map(f64::from_bits).collect() };
    let potentials = reals(take("potentials")?);
    let currents = reals(take("currents")?);
    let [neurons, windows, releases] = [
        take("held.neuron")?,
        take("held.window")?,
        take("held.release")?,
    ];
    same_length(&[&neurons, &windows, &releases])?;
    let held = neurons.iter().zip(&windows).zip(&releases);
    let held = held.map(|((&neuron, &window), &release)| {
        Ok(HeldNeuron {
            neuron: small(neuron)?,
            window,
            release: f64::from_bits(release),
        })
    });
    let held = held.collect::<std::result::Result<_, String>>()?;
    let [offsets, counts] = [take("drives.offset")?, take("drives.number")?];
    same_length(&[&offsets, &counts])?;
    let drives = offsets
        .into_iter()
        .map(f64::from_bits)
        .zip(counts)
        .collect();
    let [ids, sources, of, windows, offsets] = [
        take("underway.id")?,
        take("underway.source")?,
        take("underway.number")?,
        take("underway.window")?,
        take("underway.offset")?,
    ];
    same_length(&[&ids, &sources, &of, &windows, &offsets])?;
    let underway = (0..ids.len()).map(|ix| {
        Ok(UnderwaySpike {
            id: ids[ix],
            source: small(sources[ix])?,
            number: small(of[ix])?,
            window: windows[ix],
            offset: f64::from_bits(offsets[ix]),
        })
    });
    let underway = underway.collect::<std::result::Result<_, String>>()?;
    let [neurons, windows, offsets] = [
        take("withheld.neuron")?,
        take("withheld.window")?,
        take("withheld.offset")?,
    ];
    same_length(&[&neurons, &windows, &offsets])?;
    let withheld = (0..neurons.len()).map(|ix| {
        Ok(StreamSpike {
            neuron: small(neurons[ix])?,
            window: windows[ix],
            offset: f64::from_bits(offsets[ix]),
        })
    });
    Ok(StreamState {
        window: f64::from_bits(numbers.window),
        now: numbers.now,
        reached: f64::from_bits(numbers.reached),
        ids: numbers.ids,
        generated: numbers.generated,
        synaptic_events: numbers.synaptic_events,
        handed: numbers.handed,
        potentials,
        currents,
        held,
        drives,
        underway,
        withheld: withheld.collect::<std::result::Result<_, String>>()?,
    })
}

fn same_length(arrays: &[&Vec<u64>]) -> std::result::Result<(), String> {
    match arrays.iter().all(|array| array.len() == arrays[0].len()) {
        true => Ok(()),
        false => Err("its arrays have different lengths".to_owned()),
    }
}
