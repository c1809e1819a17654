//! MNIST and Fashion-MNIST from a folder with their IDX files.

use super::idx::Idx;
use super::{Dataset, Splits};
use crate::{Error, Result};
use ndarray::Array2;
use std::path::{Path, PathBuf};

/// The brightest value of a pixel.
const BRIGHTEST: f64 = 255.0;
/// Both sets have ten classes.
const N_CLASSES: usize = 10;
/// One of so many training images is for validation where nothing else is said.
const VALIDATION_SHARE: usize = 12;
/// The classes of Fashion-MNIST.
const CLOTHING: [&str; N_CLASSES] = [
    "t-shirt",
    "trouser",
    "pullover",
    "dress",
    "coat",
    "sandal",
    "shirt",
    "sneaker",
    "bag",
    "ankle boot",
];

/// MNIST: 60,000 and 10,000 handwritten digits of 28 x 28 pixels, classes `0` to `9`.
///
/// Read from the four IDX files in `folder`: `train-images-idx3-ubyte`,
/// `train-labels-idx1-ubyte`, `t10k-images-idx3-ubyte` and
/// `t10k-labels-idx1-ubyte`, each so or with a dot before `idx`, plain or
/// packed with gzip, with or without `.gz`; a name without `.gz` is taken
/// first. The files' order is kept. A feature is a pixel, row by row, its value 0 to 255
/// divided by 255: 0 is background, 1 is ink. The last `validation` images of
/// the training files are the validation set; with 0 there is none.
///
/// Files with fewer images or another size of image are read too, as long as
/// training and test images have the same size.
///
/// Source: Y. LeCun, C. Cortes and C. Burges, "The MNIST database of
/// handwritten digits" (1998), CC BY-SA 3.0.
///
/// # Errors
/// A file that is missing, cannot be read, is cut short, damaged or of another
/// kind; images and labels of different number; a label above 9; no image left
/// to train on or none to test.
pub fn mnist(folder: impl AsRef<Path>, validation: usize) -> Result<Splits> {
    image_splits(Images::Digits, folder.as_ref(), Some(validation))
}

/// Fashion-MNIST: pictures of clothing in ten classes, in files of the same names as [`mnist`]'s.
///
/// Everything else is as there.
///
/// Source: H. Xiao, K. Rasul and R. Vollgraf, "Fashion-MNIST" (2017), MIT licence.
///
/// # Errors
/// As [`mnist`].
pub fn fashion_mnist(folder: impl AsRef<Path>, validation: usize) -> Result<Splits> {
    image_splits(Images::Clothing, folder.as_ref(), Some(validation))
}

/// What is on the images.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Images {
    /// MNIST.
    Digits,
    /// Fashion-MNIST.
    Clothing,
}

/// The last `validation` images of the training files are the validation set; where it is not said, a twelfth of
/// them, which is 5,000 of the published 60,000.
pub(crate) fn image_splits(
    images: Images,
    folder: &Path,
    validation: Option<usize>,
) -> Result<Splits> {
    match images {
        Images::Digits => {
            let names: [String; N_CLASSES] = std::array::from_fn(|digit| digit.to_string());
            let names = names.each_ref().map(String::as_str);
            splits("mnist", names, folder, validation)
        }
        Images::Clothing => splits("fashion-mnist", CLOTHING, folder, validation),
    }
}

fn splits(
    set: &str,
    class_names: [&str; N_CLASSES],
    folder: &Path,
    validation: Option<usize>,
) -> Result<Splits> {
    let [train_images, train_labels, test_images, test_labels] = find(set, folder)?;
    let train = Part::read(train_images, train_labels)?;
    let test = Part::read(test_images, test_labels)?;
    if train.n_features != test.n_features {
        let (here, there) = (test.n_features, train.n_features);
        let detail = format!(
            "its images have {here} pixels and those of {} have {there}; take both from one set",
            train.path.display()
        );
        return Err(Error::malformed(test.path.display().to_string(), detail));
    }
    let n_samples = train.labels.len();
    let validation = validation.unwrap_or(n_samples / VALIDATION_SHARE);
    let n_train = n_samples.checked_sub(validation).filter(|&n| n > 0);
    let n_train = n_train.ok_or_else(|| {
        let field = format!("size of the validation set of {set}");
        let remedy = format!(
            "leave at least one of the {n_samples} images of {} to train on",
            train.path.display()
        );
        Error::invalid(field, validation, remedy)
    })?;
    let dataset = |part: &Part, from, to| part.dataset(set, &class_names, from, to);
    let held_out = match validation {
        0 => None,
        _ => Some(dataset(&train, n_train, n_samples)?),
    };
    let test = dataset(&test, 0, test.labels.len())?;
    Ok(Splits::new(dataset(&train, 0, n_train)?, held_out, test))
}

/// The images of a pair of files and their labels, checked against one another.
struct Part {
    path: PathBuf,
    n_features: usize,
    pixels: Vec<u8>,
    labels: Vec<u8>,
}

impl Part {
    fn read(images: PathBuf, labels: PathBuf) -> Result<Self> {
        let pixels = Idx::open(&images, 3)?;
        let classes = Idx::open(&labels, 1)?;
        let fault = |path: &Path, detail| Err(Error::malformed(path.display().to_string(), detail));
        let n_features = pixels.shape[1] * pixels.shape[2];
        if pixels.bytes.is_empty() {
            let shape = &pixels.shape;
            let detail = format!("its shape is {shape:?}; it must hold at least one image");
            return fault(&images, detail);
        }
        if pixels.shape[0] != classes.bytes.len() {
            let detail = format!(
                "it has {} labels for the {} images of {}; take both files from one set",
                classes.bytes.len(),
                pixels.shape[0],
                images.display()
            );
            return fault(&labels, detail);
        }
        let wrong = |&label: &u8| usize::from(label) >= N_CLASSES;
        if let Some(sample) = classes.bytes.iter().position(wrong) {
            let label = classes.bytes[sample];
            let most = N_CLASSES - 1;
            let detail = format!("label {sample} is {label}; labels are 0 to {most}");
            return fault(&labels, detail);
        }
        Ok(Self {
            path: images,
            n_features,
            pixels: pixels.bytes,
            labels: classes.bytes,
        })
    }

    /// The samples from `from` to before `to`.
    fn dataset(&self, set: &str, names: &[&str], from: usize, to: usize) -> Result<Dataset> {
        let first = from * self.n_features;
        let features = Array2::from_shape_fn((to - from, self.n_features), |(sample, pixel)| {
            f64::from(self.pixels[first + sample * self.n_features + pixel]) / BRIGHTEST
        });
        let labels = self.labels[from..to].iter().copied();
        Dataset::new(
            set,
            features,
            labels.map(usize::from).collect(),
            names.iter().copied().map(String::from).collect(),
        )
    }
}

/// The four files: training images and labels, test images and labels.
fn find(set: &str, folder: &Path) -> Result<[PathBuf; 4]> {
    let parts = [
        ("train-images", "idx3-ubyte"),
        ("train-labels", "idx1-ubyte"),
        ("t10k-images", "idx3-ubyte"),
        ("t10k-labels", "idx1-ubyte"),
    ];
    let mut missing = Vec::new();
    let paths = parts.map(|(part, kind)| {
        let names = ["-", "."].map(|joint| format!("{part}{joint}{kind}"));
        let variants = names.iter().flat_map(|n| [n.clone(), format!("{n}.gz")]);
        let found = variants.map(|n| folder.join(n)).find(|path| path.is_file());
        found.unwrap_or_else(|| {
            missing.push(names[0].clone());
            PathBuf::new()
        })
    });
    if missing.is_empty() {
        return Ok(paths);
    }
    let remedy = format!(
        "put the set's four IDX files there, plain or with .gz; it lacks {}",
        missing.join(", ")
    );
    Err(Error::invalid(
        format!("folder of {set}"),
        folder.display(),
        remedy,
    ))
}

#[cfg(test)]
#[path = "mnist_tests.rs"]
mod tests;
