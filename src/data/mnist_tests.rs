use super::*;
use crate::ErrorKind;
use crate::data::fixtures::{idx, packed, published};

type Done = std::result::Result<(), Box<dyn std::error::Error>>;

const FILES: [&str; 4] = [
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
];

/// Three training images and two test images of 1 x 2 pixels.
fn contents() -> [Vec<u8>; 4] {
    [
        idx(&[3, 1, 2], &[0, 255, 51, 102, 153, 204]),
        idx(&[3], &[7, 0, 9]),
        idx(&[2, 1, 2], &[255, 0, 0, 51]),
        idx(&[2], &[1, 2]),
    ]
}

fn write(folder: &Path, contents: &[Vec<u8>; 4]) -> std::io::Result<()> {
    for (name, bytes) in FILES.iter().zip(contents) {
        std::fs::write(folder.join(name), bytes)?;
    }
    Ok(())
}

/// What is said when one file has other bytes.
fn fault(file: usize, bytes: Vec<u8>) -> std::io::Result<String> {
    let folder = tempfile::tempdir()?;
    let mut all = contents();
    all[file] = bytes;
    write(folder.path(), &all)?;
    let message = mnist(folder.path(), 0).err().map(|e| e.to_string());
    let message = message.unwrap_or_default();
    assert!(
        message.is_empty() || message.contains(FILES[file]),
        "{message}"
    );
    Ok(message)
}

#[test]
fn pixels_labels_and_order_are_the_files() -> Done {
    let folder = tempfile::tempdir()?;
    write(folder.path(), &contents())?;
    let all = mnist(folder.path(), 0)?;
    assert_eq!(
        all.train.features(),
        ndarray::array![[0.0, 1.0], [0.2, 0.4], [0.6, 0.8]]
    );
    assert_eq!(all.train.labels(), [7, 0, 9]);
    assert_eq!(all.test.features(), ndarray::array![[1.0, 0.0], [0.0, 0.2]]);
    assert_eq!(all.test.labels(), [1, 2]);
    assert_eq!((all.validation, all.train.n_classes()), (None, 10));
    let fashion = fashion_mnist(folder.path(), 0)?;
    assert_eq!(fashion.train.class_names()[9], "ankle boot");
    assert_eq!(fashion.train.features(), all.train.features());
    Ok(())
}

#[test]
fn the_last_training_images_validate() -> Done {
    let folder = tempfile::tempdir()?;
    write(folder.path(), &contents())?;
    let (whole, cut) = (mnist(folder.path(), 0)?, mnist(folder.path(), 1)?);
    assert_eq!(cut.train, whole.train.select(&[0, 1])?);
    assert_eq!(cut.validation, Some(whole.train.select(&[2])?));
    assert_eq!(cut.test, whole.test);
    for too_many in [3, 4, usize::MAX] {
        let error = mnist(folder.path(), too_many).expect_err("nothing is left");
        assert_eq!(error.kind(), ErrorKind::Invalid);
        assert!(error.to_string().contains("one of the 3 images"), "{error}");
    }
    Ok(())
}

#[test]
fn every_usual_name_is_found() -> Done {
    let folder = tempfile::tempdir()?;
    write(folder.path(), &contents())?;
    let expected = mnist(folder.path(), 1)?;
    for rename in [
        |name: &str| format!("{name}.gz"),
        |name: &str| name.replace("-idx", ".idx"),
        |name: &str| name.replace("-idx", ".idx") + ".gz",
    ] {
        let folder = tempfile::tempdir()?;
        for (name, bytes) in FILES.iter().zip(contents()) {
            let name = rename(name);
            let bytes = if name.ends_with("gz") {
                packed(&bytes)?
            } else {
                bytes
            };
            std::fs::write(folder.path().join(name), bytes)?;
        }
        assert_eq!(mnist(folder.path(), 1)?, expected);
    }
    Ok(())
}

#[test]
fn missing_files_are_all_named() -> Done {
    let folder = tempfile::tempdir()?;
    write(folder.path(), &contents())?;
    std::fs::remove_file(folder.path().join(FILES[1]))?;
    std::fs::remove_file(folder.path().join(FILES[2]))?;
    let message = mnist(folder.path(), 0)
        .expect_err("two are missing")
        .to_string();
    let expected = format!("it lacks {}, {}", FILES[1], FILES[2]);
    assert!(message.starts_with("folder of mnist is "), "{message}");
    assert!(message.ends_with(&expected), "{message}");
    assert!(mnist(folder.path().join("nowhere"), 0).is_err());
    Ok(())
}

#[test]
fn faults_name_file_and_remedy() -> Done {
    assert_eq!(fault(1, idx(&[3], &[7, 0, 9]))?, "");
    let fewer = fault(1, idx(&[2], &[7, 0]))?;
    assert!(
        fewer.contains("it has 2 labels for the 3 images"),
        "{fewer}"
    );
    let ten = fault(3, idx(&[2], &[1, 10]))?;
    assert!(ten.contains("label 1 is 10; labels are 0 to 9"), "{ten}");
    let swapped = fault(0, idx(&[3], &[7, 0, 9]))?;
    assert!(swapped.contains("begins with [0, 0, 8, 3]"), "{swapped}");
    let other = fault(2, idx(&[2, 1, 1], &[1, 1]))?;
    assert!(other.contains("its images have 1 pixels"), "{other}");
    for none in [idx(&[0, 1, 2], &[]), idx(&[3, 0, 2], &[])] {
        let message = fault(0, none)?;
        assert!(message.contains("at least one image"), "{message}");
    }
    Ok(())
}

/// The counts and the first image are those of the files as published.
#[test]
fn the_published_files_are_read() -> Done {
    let Some(folder) = published("data/mnist") else {
        return Ok(());
    };
    let set = mnist(folder, 5000)?;
    let validation = set.validation.ok_or("there is a validation set")?;
    let sizes = [&set.train, &validation, &set.test].map(Dataset::n_samples);
    assert_eq!(sizes, [55_000, 5_000, 10_000]);
    assert_eq!(set.train.labels()[..10], [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]);
    assert_eq!(set.test.labels()[..10], [7, 2, 1, 0, 4, 1, 4, 9, 5, 9]);
    let count = |digit| set.test.labels().iter().filter(|&&l| l == digit).count();
    let counts: [usize; 10] = std::array::from_fn(count);
    assert_eq!(
        counts,
        [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    );
    let grey = |set: &Dataset| (set.features().sum() * BRIGHTEST).round();
    assert_eq!(grey(&set.train) + grey(&validation), 1_567_298_545.0);
    Ok(())
}
