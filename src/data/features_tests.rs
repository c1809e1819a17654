use std::io::Cursor;

use ndarray::array;

use super::*;
use crate::data::NpzWriter;

type Done<T = ()> = std::result::Result<T, Box<dyn std::error::Error>>;

fn named(label: Option<&str>, features: Option<&[&str]>) -> ColumnNames {
    ColumnNames {
        label: label.map(str::to_owned),
        features: features.map(|names| names.iter().map(|&name| name.to_owned()).collect()),
    }
}

fn csv(text: &str, names: &ColumnNames) -> Result<FeatureTable> {
    FeatureTable::of_csv("t.csv", text, names)
}

fn fault(text: &str, names: &ColumnNames) -> String {
    let error = csv(text, names).expect_err("it is faulty").to_string();
    assert!(error.starts_with("t.csv: "), "{error}");
    error
}

const TABLE: &str = "id, kind, width,height\n7,b,1,2.5\n8, a ,3,4\n9,b,-1e2,0\n";

#[test]
fn columns_are_found_by_name() -> Done {
    let table = csv(TABLE, &named(Some("kind"), Some(&["height", "width"])))?;
    assert_eq!(
        table.features(),
        array![[2.5, 1.0], [4.0, 3.0], [0.0, -100.0]]
    );
    assert_eq!(table.columns(), ["height", "width"]);
    assert_eq!(table.classes()?, ["a", "b"]);
    assert_eq!(table.indices(&table.classes()?)?, Some(vec![1, 0, 1]));
    let table = csv(TABLE, &named(None, Some(&["id"])))?;
    assert_eq!(
        table.labels(),
        Some(&["2.5", "4", "0"].map(String::from)[..])
    );
    assert_eq!(table.classes()?, ["0", "2.5", "4"]);
    let table = csv("a,y\n1,10\n1,9\n1,9.0\n", &named(None, None))?;
    assert_eq!(
        table.classes()?,
        ["9", "10"],
        "numbers by their value, however they are written"
    );
    let marked = csv("\u{feff}a,y\n1,10\n", &named(None, Some(&["a"])))?;
    assert_eq!(marked.columns(), ["a"], "behind a byte order mark");
    let table = csv("a,b\n1,10\n", &named(None, Some(&["a", "b"])))?;
    assert_eq!(table.labels(), None, "all columns are features");
    Ok(())
}

#[test]
fn faults_in_a_table_are_placed() {
    let plain = named(None, None);
    assert!(
        fault("a,b,y\n1,2,x\n1,x\n", &plain).contains("line 3 has 2 fields, and its first line 3")
    );
    assert!(fault("a,b,y\n1,2,3,x\n", &plain).contains("line 2 has 4 fields"));
    for wrong in ["NaN", "inf", "five", ""] {
        let told = fault(&format!("a,b,y\n1,2,x\n1,{wrong},x\n"), &plain);
        assert!(
            told.contains(&format!(
                "line 3, column \"b\": \"{wrong}\" is no finite number"
            )),
            "{told}"
        );
    }
    assert!(fault("a,y\n1,\n", &plain).contains("column \"y\": the label is empty"));
    assert!(fault("a,y\n", &plain).contains("no samples"));
    assert!(fault("", &plain).contains("it is empty; give a line of names"));
    assert!(fault("a,a,y\n1,2,x\n", &plain).contains("two of its columns are called \"a\""));
    assert!(
        fault(TABLE, &named(Some("sort"), None))
            .contains("no column \"sort\"; its columns are id, kind")
    );
    assert!(fault(TABLE, &named(None, Some(&["depth"]))).contains("no column \"depth\""));
    assert!(fault(TABLE, &named(Some("id"), Some(&["id"]))).contains("both label and feature"));
}

#[test]
fn unknown_labels_are_told_with_their_sample() -> Done {
    let told = csv(TABLE, &named(Some("kind"), Some(&["id"])))?;
    let told = told
        .indices(&["b".to_owned()])
        .expect_err("there is an a")
        .to_string();
    assert!(
        told.contains("label \"a\" of sample 1 is unknown: the training samples have b"),
        "{told}"
    );
    Ok(())
}

#[test]
fn arrays_are_read_and_their_faults_named() -> Done {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("t.npz");
    let read = |x: (&[usize], &[f64]),
                y: Option<&[f64]>,
                names: &ColumnNames|
     -> Done<Result<FeatureTable>> {
        let mut writer = NpzWriter::new(Cursor::new(Vec::new()));
        writer.add("x", x.0, x.1)?;
        if let Some(y) = y {
            writer.add("y", &[y.len()], y)?;
        }
        std::fs::write(&path, writer.finish()?.into_inner())?;
        Ok(FeatureTable::read(&path, names))
    };
    let plain = ColumnNames::default();
    let x: (&[usize], &[f64]) = (&[2, 2], &[1.0, 2.0, 3.0, 4.0]);
    let table = read(x, Some(&[10.0, -1.0]), &plain)??;
    assert_eq!(table.features(), array![[1.0, 2.0], [3.0, 4.0]]);
    assert_eq!(table.classes()?, ["-1", "10"]);
    let told = |x, y, names: &ColumnNames| -> Done<String> {
        Ok(read(x, y, names)?.expect_err("it is faulty").to_string())
    };
    assert!(told(x, None, &plain)?.contains("array y: it is missing"));
    assert!(
        FeatureTable::read_unlabelled(&path, &plain)?
            .labels()
            .is_none()
    );
    assert!(told(x, Some(&[1.0]), &plain)?.contains("array y: 1 label for 2 samples"));
    assert!(told(x, Some(&[1.0, 0.5]), &plain)?.contains("array y: sample 1 is 0.5"));
    let nan: (&[usize], &[f64]) = (&[2, 2], &[1.0, 2.0, f64::NAN, 4.0]);
    assert!(told(nan, Some(&[1.0, 0.0]), &plain)?.contains("array x: sample 1, column 0 is NaN"));
    assert!(told((&[0, 2], &[]), Some(&[]), &plain)?.contains("at least one sample"));
    assert!(
        told(x, Some(&[1.0, 0.0]), &named(Some("y"), None))?
            .contains("data.label is y: leave it out")
    );
    Ok(())
}

#[test]
fn a_table_without_names_keeps_its_first_line() -> Done {
    let names = ColumnNames::default();
    let table = csv("5.1,3.5,a\n4.9,3.0,b\n", &names)?;
    assert_eq!(table.features(), &array![[5.1, 3.5], [4.9, 3.0]]);
    assert_eq!(table.columns(), ["0", "1"]);
    assert_eq!(table.label(), Some("2"));
    let note = table.note().ok_or("it is told")?;
    assert!(
        note.contains("is taken for a sample") && note.contains("called 0 to 2"),
        "{note}"
    );
    // Other samples of that kind, without labels.
    let like = ColumnNames {
        label: Some("2".to_owned()),
        features: None,
    };
    let like = like.like(table.columns(), std::path::Path::new("b.csv"));
    let others = csv("6.0,2.0\n", &like)?;
    assert_eq!(
        (others.features(), others.labels()),
        (&array![[6.0, 2.0]], None)
    );
    // A control: names that are numbers, and names.
    for text in ["0,1,2\n5.1,3.5,7\n", "a,b,y\n5.1,3.5,7\n"] {
        let named = csv(text, &names)?;
        assert_eq!((named.features().nrows(), named.note()), (1, None));
    }
    Ok(())
}
