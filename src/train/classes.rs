//! Classes that no training sample belongs to.

use crate::{Error, Result, count};

/// So many classes are named.
const NAMED: usize = 5;

/// Which classes have no sample.
fn empty(labels: &[usize], n_classes: usize) -> Vec<usize> {
    let mut has_sample = vec![false; n_classes];
    for &label in labels {
        if let Some(has) = has_sample.get_mut(label) {
            *has = true;
        }
    }
    (0..n_classes).filter(|&class| !has_sample[class]).collect()
}

/// Refuses labels that were plainly counted from 1: no training sample is of class 0, each other class has some, and there is
/// an output for each of those.
pub(super) fn check(labels: &[usize], n_classes: usize, n_outputs: usize) -> Result<()> {
    if n_outputs + 1 != n_classes || empty(labels, n_classes) != [0] {
        return Ok(());
    }
    let remedy = format!(
        "count labels from 0, as classes and outputs are: subtract 1 from each, so that they are 0 to {} for {}",
        n_outputs - 1,
        count(n_outputs, "output")
    );
    Err(Error::invalid(
        "range of labels",
        format!("1 to {n_outputs}"),
        remedy,
    ))
}

/// What to say of classes without a training sample.
pub(super) fn warning(labels: &[usize], n_classes: usize) -> Option<String> {
    let empty = empty(labels, n_classes);
    let last = n_classes.checked_sub(1)?;
    let more = if empty.len() > NAMED { ", .." } else { "" };
    let names: Vec<String> = empty.iter().take(NAMED).map(usize::to_string).collect();
    match empty[..] {
        [] => None,
        [0] => Some(
            "no training sample is of class 0, so that its output is of no use: labels are counted from 0; if these were counted \
             from 1, subtract 1 from each and give the last layer one neuron fewer"
                .to_owned(),
        ),
        _ => Some(format!(
            "{} of {n_classes} have no training sample ({}{more}), so that their outputs are of no use: labels are the numbers \
             from 0 to {last} without gaps; give each class samples, or number the classes that have some from 0",
            count(empty.len(), "class"),
            names.join(", "),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_counted_from_one_are_refused_or_told() {
        let refused = check(&[1, 2, 3, 1], 4, 3).expect_err("from 1").to_string();
        assert!(
            refused.starts_with("range of labels is 1 to 3: count labels from 0")
                && refused.contains("0 to 2 for 3 outputs"),
            "{refused}"
        );
        // Not so where another class lacks samples, class 0 has some, or each class has an output.
        for (labels, n_outputs) in [(&[1, 3][..], 3), (&[0, 1, 2, 3], 3), (&[1, 2, 3], 4)] {
            assert!(check(labels, 4, n_outputs).is_ok(), "{labels:?}");
        }
        let told = warning(&[1, 2, 3], 4).unwrap_or_default();
        assert!(
            told.contains("of class 0") && told.contains("subtract 1"),
            "{told}"
        );
        let told = warning(&[0, 3], 4).unwrap_or_default();
        assert!(
            told.starts_with("2 classes of 4 have no training sample (1, 2)"),
            "{told}"
        );
        let told = warning(&[], 9).unwrap_or_default();
        assert!(told.contains("(0, 1, 2, 3, 4, ..)"), "{told}");
        assert_eq!(warning(&[2, 1, 0], 3), None);
    }
}
