//! Every reader of the library with good files to begin from.

use std::io::{Cursor, Read, Write};
use std::path::Path;

use ndarray::{Array1, array};
use ndarray_npy::NpzWriter;
use spikefront::case::{Case, CaseResult};
use spikefront::cpu::CpuEngine;
use spikefront::data::{ColumnNames, FeatureTable, SpikeTrains, Workload, mnist};
use spikefront::network::Network;
use spikefront::networks::SimulationFile;
use spikefront::nir::{NirGraph, NirOptions, NirWriteOptions};
use spikefront::train::{Checkpoint, Experiment, Task, read_parameters, write_parameters};
use spikefront::{ErrorKind, Result, plot};

pub type Done<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// How a file is wrapped: what is inside is mangled as well, and the wrapping's own checks made to hold.
#[derive(Clone, Copy, PartialEq)]
pub enum Wrapping {
    None,
    Gzip,
    Zip,
    /// A checkpoint's checksum.
    Checksum,
}

/// A reader, the name that its file must have, and good bytes.
pub struct Reader {
    pub name: &'static str,
    pub file: &'static str,
    pub wrapping: Wrapping,
    pub good: Vec<Vec<u8>>,
    /// Reads the file in a folder where all else that it needs is good.
    pub read: fn(&Path) -> Result<()>,
}

pub fn readers(folder: &Path) -> Done<Vec<Reader>> {
    let images = idx(&[12, 4, 4], 3, |ix| (ix * 37 % 256) as u8);
    let labels = idx(&[12], 1, |ix| (ix % 10) as u8);
    for part in ["train", "t10k"] {
        std::fs::write(
            folder.join(format!("{part}-images-idx3-ubyte.gz")),
            gzip(&images)?,
        )?;
        std::fs::write(folder.join(format!("{part}-labels-idx1-ubyte")), &labels)?;
    }
    Ok(vec![
        Reader {
            name: "case",
            file: "case.json",
            wrapping: Wrapping::None,
            good: vec![
                include_bytes!("../cases/random-28.json").to_vec(),
                include_bytes!("../cases/random-33.json").to_vec(),
                include_bytes!("../../src/case/example.json").to_vec(),
            ],
            read: |path| Case::read(path)?.network().map(drop),
        },
        Reader {
            name: "jacobian",
            file: "jacobian.json",
            wrapping: Wrapping::None,
            good: vec![jacobian()?],
            read: |path| CaseResult::from_json(&text(path), "jacobian.json").map(drop),
        },
        Reader {
            name: "workload",
            file: "workload.npz",
            wrapping: Wrapping::Zip,
            good: vec![feed_forward()?, recurrent()?],
            read: |path| Workload::read(path).map(drop),
        },
        Reader {
            name: "spike trains",
            file: "train.npz",
            wrapping: Wrapping::Zip,
            good: vec![
                include_bytes!("../faults/npz-types/big/train.npz").to_vec(),
                include_bytes!("../faults/npz-types/half/train.npz").to_vec(),
            ],
            read: |path| SpikeTrains::read_npz(path).map(drop),
        },
        Reader {
            name: "weights",
            file: "weights.npz",
            wrapping: Wrapping::Zip,
            good: vec![weights(folder)?],
            read: |path| read_parameters(path, &xor_network()?).map(drop),
        },
        Reader {
            name: "images, gzip",
            file: "train-images-idx3-ubyte.gz",
            wrapping: Wrapping::Gzip,
            good: vec![gzip(&images)?],
            read: |path| mnist(path.parent().unwrap_or(path), 2).map(drop),
        },
        Reader {
            name: "labels",
            file: "t10k-labels-idx1-ubyte",
            wrapping: Wrapping::None,
            good: vec![labels],
            read: |path| mnist(path.parent().unwrap_or(path), 2).map(drop),
        },
        Reader {
            name: "HDF5",
            file: "shd.h5",
            wrapping: Wrapping::None,
            good: vec![include_bytes!("../data/heidelberg.h5").to_vec()],
            read: |path| SpikeTrains::read_hdf5(path, 700, 20).map(drop),
        },
        Reader {
            name: "NIR graph",
            file: "graph.nir",
            wrapping: Wrapping::None,
            good: vec![
                include_bytes!("../nir/files/nested.nir").to_vec(),
                include_bytes!("../nir/files/braille_noDelay_noBias_subtract.nir").to_vec(),
                graph(folder)?,
            ],
            read: |path| {
                let graph = NirGraph::read(path)?;
                graph.network(&NirOptions::default()).map(drop)
            },
        },
        Reader {
            name: "checkpoint",
            file: "checkpoint.safetensors",
            wrapping: Wrapping::Checksum,
            good: vec![checkpoint(folder)?],
            read: |path| Checkpoint::read(path)?.state(&xor_network()?).map(drop),
        },
        Reader {
            name: "experiment",
            file: "experiment.toml",
            wrapping: Wrapping::None,
            good: Experiment::presets()
                .iter()
                .map(|(_, text)| text.as_bytes().to_vec())
                .chain([Experiment::every_key().as_bytes().to_vec()])
                .collect(),
            read: |path| Experiment::read(path).map(drop),
        },
        Reader {
            name: "features, csv",
            file: "train.csv",
            wrapping: Wrapping::None,
            good: vec![include_bytes!("../../src/data/iris.csv").to_vec()],
            read: |path| FeatureTable::read(path, &ColumnNames::default()).map(drop),
        },
        Reader {
            name: "features, npz",
            file: "train.npz",
            wrapping: Wrapping::Zip,
            good: vec![features()?],
            read: |path| FeatureTable::read(path, &ColumnNames::default()).map(drop),
        },
        Reader {
            name: "network for simulate",
            file: "network.toml",
            wrapping: Wrapping::None,
            good: vec![SimulationFile::every_key().as_bytes().to_vec()],
            read: |path| SimulationFile::read(path).map(drop),
        },
        Reader {
            name: "metrics of a report",
            file: "metrics.jsonl",
            wrapping: Wrapping::None,
            good: vec![METRICS.as_bytes().to_vec()],
            read: |path| plot::report(path.parent().unwrap_or(path)).map(drop),
        },
    ])
}

/// A graph as the library writes it.
fn graph(folder: &Path) -> Done<Vec<u8>> {
    let path = folder.join("written.nir");
    let network = xor_network()?;
    let options = NirWriteOptions::default().leave_out_subtraction(true);
    NirGraph::of_network(&network, &network.parameters(1), &options)?.write(&path)?;
    Ok(std::fs::read(&path)?)
}

const METRICS: &str = r#"{"epoch":1,"loss":0.7,"train_accuracy":0.5,"grazing_spikes":0,"clipped_steps":0,"raised_neurons":3,"seconds":0.1}
{"epoch":2,"loss":0.5,"train_accuracy":0.75,"grazing_spikes":0,"clipped_steps":0,"raised_neurons":0,"seconds":0.1}
"#;

fn text(path: &Path) -> String {
    let bytes = std::fs::read(path).unwrap_or_default();
    String::from_utf8_lossy(&bytes).into_owned()
}

fn xor() -> Experiment {
    Experiment::preset(Task::Xor, "default").expect("it ships with the crate")
}

fn xor_network() -> Result<Network> {
    Ok(xor().network(2)?.0)
}

fn jacobian() -> Done<Vec<u8>> {
    let case = Case::parse(include_str!("../../src/case/example.json"), "example")?;
    let answer = case.run(&CpuEngine::new(), spikefront::Method::Adjoint)?;
    Ok(answer.to_json()?.into_bytes())
}

fn weights(folder: &Path) -> Done<Vec<u8>> {
    let network = xor_network()?;
    let path = folder.join("good.npz");
    write_parameters(&path, &network, &network.parameters(0))?;
    Ok(std::fs::read(path)?)
}

fn checkpoint(folder: &Path) -> Done<Vec<u8>> {
    let (experiment, engine) = (xor(), CpuEngine::new());
    let prepared = experiment.prepare(0)?;
    let mut trainer = prepared.trainer(engine.clone())?;
    trainer.step(&prepared.train)?;
    let checkpoint = Checkpoint::new(&experiment, &prepared.network, &[], trainer.state()?);
    let path = folder.join("good.safetensors");
    checkpoint.of_data(&prepared).write(&path)?;
    Ok(std::fs::read(path)?)
}

fn feed_forward() -> Done<Vec<u8>> {
    let mut file = NpzWriter::new_compressed(Cursor::new(Vec::new()));
    file.add_array("t", &array![[1.0, f64::NAN], [4.0, 2.0]])?;
    file.add_array("label", &array![0_i64, 1])?;
    file.add_array("W1", &array![[30.0, 20.0, 10.0], [1.0, 2.0, 3.0]])?;
    file.add_array("W2", &array![[30.0, 25.0], [1.0, 2.0], [3.0, 4.0]])?;
    Ok(file.finish()?.into_inner())
}

fn recurrent() -> Done<Vec<u8>> {
    let mut file = NpzWriter::new(Cursor::new(Vec::new()));
    file.add_array(
        "ev",
        &array![[0.0, 0.0, 1.0], [0.0, 0.0, 9.0], [1.0, 0.0, 5.0]],
    )?;
    file.add_array("label", &Array1::from(vec![1_u8, 0]))?;
    file.add_array("Win", &array![[30.0_f32, 20.0]])?;
    file.add_array("Wr", &array![[2.0, 1.0], [0.5, 0.25]])?;
    file.add_array("Wo", &array![[1.0, -0.5], [0.5, 1.0]])?;
    Ok(file.finish()?.into_inner())
}

fn features() -> Done<Vec<u8>> {
    let mut file = NpzWriter::new(Cursor::new(Vec::new()));
    file.add_array("x", &array![[0.5, 1.0], [1.5, 2.0], [2.5, -1.0]])?;
    file.add_array("y", &array![0_i64, 1, 0])?;
    Ok(file.finish()?.into_inner())
}

fn idx(shape: &[u32], axes: u8, value: impl Fn(u32) -> u8) -> Vec<u8> {
    let mut bytes = vec![0, 0, 8, axes];
    bytes.extend(shape.iter().flat_map(|n| n.to_be_bytes()));
    bytes.extend((0..shape.iter().product()).map(value));
    bytes
}

/// A file whose inside has faults and whose wrapping is whole, in an archive of the `pick`-th of its files; none where there is no inside.
pub fn rewrapped(
    good: &[u8],
    wrapping: Wrapping,
    pick: usize,
    fault: impl FnOnce(&[u8]) -> Vec<u8>,
) -> Done<Option<Vec<u8>>> {
    Ok(match wrapping {
        Wrapping::None => None,
        Wrapping::Gzip => Some(gzip(&fault(&gunzip(good)?))?),
        Wrapping::Zip => Some(rezip(good, pick, fault)?),
        Wrapping::Checksum => Some(rechecked(fault(good))),
    })
}

/// One of an archive's files with faults, the archive made anew.
fn rezip(good: &[u8], pick: usize, fault: impl FnOnce(&[u8]) -> Vec<u8>) -> Done<Vec<u8>> {
    let mut archive = zip::ZipArchive::new(Cursor::new(good))?;
    let mut files = Vec::new();
    for ix in 0..archive.len() {
        let mut file = archive.by_index(ix)?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        files.push((file.name().to_owned(), bytes));
    }
    let chosen = pick % files.len();
    files[chosen].1 = fault(&files[chosen].1);
    let mut made = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        made.start_file(name, zip::write::SimpleFileOptions::default())?;
        made.write_all(&bytes)?;
    }
    Ok(made.finish()?.into_inner())
}

/// The bytes of a checkpoint with the checksum that they have.
fn rechecked(mut bytes: Vec<u8>) -> Vec<u8> {
    let mark = b"\"checksum\":\"crc32:";
    let found = bytes.windows(mark.len()).position(|w| w == mark);
    let digits = found.map(|at| at + mark.len()..at + mark.len() + 8);
    if let Some(digits) = digits.filter(|digits| digits.end <= bytes.len()) {
        bytes[digits.clone()].copy_from_slice(b"00000000");
        let sum = format!("{:08x}", crc32fast::hash(&bytes));
        bytes[digits].copy_from_slice(sum.as_bytes());
    }
    bytes
}

fn gzip(bytes: &[u8]) -> Done<Vec<u8>> {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(bytes)?;
    Ok(packed.finish()?)
}

fn gunzip(bytes: &[u8]) -> Done<Vec<u8>> {
    let mut plain = Vec::new();
    flate2::read::GzDecoder::new(bytes).read_to_end(&mut plain)?;
    Ok(plain)
}

/// Whether a refusal is one of the kinds that a reader of files may give.
pub fn is_refusal(kind: ErrorKind) -> bool {
    use ErrorKind::{Invalid, Io, Malformed, Memory};
    matches!(kind, Invalid | Io | Malformed | Memory)
}
