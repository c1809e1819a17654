//! Whether a training ended no better than chance.

use spikefront::count;
use spikefront::train::{EpochMetrics, Evaluation, Samples};

/// Trainings of fewer epochs or updates are not judged: they have hardly begun.
const EPOCHS: usize = 3;
const UPDATES: usize = 20;
/// Nor are those on fewer samples: there a good network cannot be told from chance.
const SAMPLES: usize = 50;
/// How often chance alone gets at most as many right as is allowed for.
const CONFIDENCE: f64 = 0.975;

const REMEDY: &str = "give a short run more epochs; raise or lower optimiser.learning_rate; lower layers.0.weight_mean where hidden neurons fire often, raise it \
                      where they are silent; see that the input spikes of all classes fall within the duration and that labels \
                      belong to their samples";

/// How a training ended on its test set, and what it was trained on.
pub struct Ending<'a> {
    pub found: &'a Evaluation,
    pub test: &'a Samples,
    pub train: &'a Samples,
    /// The validation set and the accuracy on it, where there is one.
    pub validation: Option<(&'a Samples, f64)>,
    pub n_classes: usize,
}

impl Ending<'_> {
    /// What to say of a training, however short, that ended no better than a classifier that always names the most frequent
    /// class: as a hint, since few samples or uneven classes hide what was learnt.
    ///
    /// The test is binomial and one-sided: the number of right validation samples (of a run without any, test samples) is no
    /// higher than what as many independent tries reach in 975 of 1000 cases, if each is right with the share of the most
    /// frequent class among these samples.
    pub fn unremarkable(&self, history: &[EpochMetrics]) -> Option<String> {
        let (name, samples, accuracy) = match self.validation {
            Some((samples, accuracy)) => ("validation sample", samples, accuracy),
            None => ("test sample", self.test, self.found.accuracy),
        };
        let n = samples.n_samples();
        let right = right(accuracy, n);
        let share = self.most_frequent(samples);
        let most = most_by_chance(n, share);
        if history.is_empty() || self.n_classes < 2 || share >= 1.0 || right == n || right > most {
            return None;
        }
        Some(format!(
            "the accuracy is no better than that of always naming the most frequent class: {} of {} are right, {} are of one class, and \
             by the binomial distribution as many tries get up to {} right in 975 of 1000 cases: {REMEDY}",
            percent(right, n),
            count(n, name),
            percent((share * n as f64).round() as usize, n),
            percent(most, n),
        ))
    }

    /// What to say of a training whose classifier is no better than one that does not look at its input: it guesses, or it
    /// always names one class.
    ///
    /// Judged are trainings of three epochs or more with 20 updates or more on 50 samples or more. One is at chance if both
    /// the training accuracy of its last epoch and the test accuracy are no higher than what guessing among all classes has in
    /// 975 of 1000 cases, by the binomial distribution; it names one class if all test samples are taken for the same, and
    /// its training accuracy is no higher than what always naming the most frequent class has in as many.
    pub fn at_chance(&self, history: &[EpochMetrics], n_batches: usize) -> Option<String> {
        let last = history.last()?;
        let (n_train, n_test) = (self.train.n_samples(), self.test.n_samples());
        let n_updates = history.len().saturating_mul(n_batches);
        if history.len() < EPOCHS || n_updates < UPDATES || n_train < SAMPLES || self.n_classes < 2
        {
            return None;
        }
        let (train, test) = (
            right(last.train_accuracy, n_train),
            right(self.found.accuracy, n_test),
        );
        let share = 1.0 / self.n_classes as f64;
        let most = (
            most_by_chance(n_train, share),
            most_by_chance(n_test, share),
        );
        if train <= most.0 && test <= most.1 {
            return Some(format!(
                "the accuracy is that of chance: {} of {} in the last epoch and {} of {} are right, and guessing among {} gets \
                 up to {} and {}: {REMEDY}",
                percent(train, n_train),
                count(n_train, "training sample"),
                percent(test, n_test),
                count(n_test, "test sample"),
                count(self.n_classes, "class"),
                percent(most.0, n_train),
                percent(most.1, n_test),
            ));
        }
        let (first, rest) = self.found.predictions.split_first()?;
        let class = (*first)?;
        let is_one = rest.iter().all(|choice| *choice == Some(class));
        let is_due = self.test.labels().iter().all(|&label| label == class);
        if !is_one || is_due || train > most_by_chance(n_train, self.most_frequent(self.train)) {
            return None;
        }
        Some(format!(
            "all {} are taken for one class, number {class}, to which {} belong: {REMEDY}",
            count(n_test, "test sample"),
            percent(test, n_test),
        ))
    }

    /// The share of the class that most of some samples have.
    fn most_frequent(&self, samples: &Samples) -> f64 {
        let mut counts = vec![0_usize; self.n_classes];
        let labels = samples.labels().iter();
        for count in labels.filter_map(|&label| Some(label).filter(|&l| l < self.n_classes)) {
            counts[count] += 1;
        }
        let most = counts.into_iter().max().unwrap_or(0);
        most as f64 / samples.n_samples() as f64
    }
}

fn right(accuracy: f64, n: usize) -> usize {
    (accuracy * n as f64).round() as usize
}

fn percent(right: usize, n: usize) -> String {
    format!("{:.1} %", 100.0 * right as f64 / n as f64)
}

/// How many of `n` guesses are right at most, if each is with probability `p`, in a share [`CONFIDENCE`] of cases.
fn most_by_chance(n: usize, p: f64) -> usize {
    if p >= 1.0 {
        return n;
    }
    let odds = p / (1.0 - p);
    // The probability of k right ones by its logarithm, as that of none is below the least number for large n.
    let mut log = n as f64 * (1.0 - p).ln();
    let (mut k, mut at_most) = (0, log.exp());
    while at_most < CONFIDENCE && k < n {
        log += ((n - k) as f64 / (k + 1) as f64 * odds).ln();
        k += 1;
        at_most += log.exp();
    }
    k
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::train::diagnosis::fixtures::epoch;
    use spikefront::event::SpikeBatch;

    #[test]
    fn the_bound_is_the_quantile_of_the_binomial_distribution() {
        // Of ten fair guesses 8 or fewer are right in 0.9893 of cases, 7 or fewer in 0.9453.
        assert_eq!(most_by_chance(10, 0.5), 8);
        // Of twenty guesses among ten 5 or fewer are right in 0.9887 of cases, 4 or fewer in 0.9568.
        assert_eq!(most_by_chance(20, 0.1), 5);
        assert_eq!(most_by_chance(3, 1.0), 3);
        let large = most_by_chance(60_000, 0.1) as f64;
        let normal = 6000.0 + 1.96 * (60_000.0_f64 * 0.09).sqrt();
        assert!((large - normal).abs() < 2.0, "{large} {normal}");
    }

    fn samples(labels: &[usize]) -> Samples {
        let mut inputs = SpikeBatch::new();
        for _ in labels {
            inputs.push_sample(&[]).expect("nothing is wrong in it");
        }
        Samples::new(inputs, labels.to_vec()).expect("a label each")
    }

    /// What is said of a training on 100 samples of two classes, `ones` of them of class 1, with so many epochs.
    fn told(ones: usize, train: f64, predictions: &[usize], epochs: usize) -> Option<String> {
        told_of((ones, train), predictions, (epochs, 10))
    }

    fn told_of(
        (ones, train): (usize, f64),
        predictions: &[usize],
        (epochs, n_batches): (usize, usize),
    ) -> Option<String> {
        let labels: Vec<usize> = (0..100).map(|ix| usize::from(ix < ones)).collect();
        let (train_set, test) = (samples(&labels), samples(&labels));
        let right = predictions.iter().zip(&labels).filter(|(p, l)| p == l);
        let found = Evaluation {
            loss: 0.7,
            accuracy: right.count() as f64 / 100.0,
            predictions: predictions.iter().map(|&class| Some(class)).collect(),
            left_out: 0,
            silent: None,
        };
        let mut last = epoch(0.7);
        last.train_accuracy = train;
        let ending = Ending {
            found: &found,
            test: &test,
            train: &train_set,
            validation: None,
            n_classes: 2,
        };
        ending.at_chance(&vec![last; epochs], n_batches)
    }

    #[test]
    fn chance_is_told_and_more_than_chance_is_not() {
        let alternating: Vec<usize> = (0..100).map(|ix| ix % 2).collect();
        let all_right: Vec<usize> = (0..100).map(|ix| usize::from(ix < 50)).collect();
        let chance = told(50, 0.55, &alternating, 5).expect("it is at chance");
        assert!(
            chance.starts_with("the accuracy is that of chance: 55.0 % of 100 training samples")
                && chance.contains("among 2 classes gets up to 60.0 %")
                && chance.contains("optimiser.learning_rate"),
            "{chance}"
        );
        // More than chance on either set; too short to be judged.
        assert_eq!(told(50, 0.7, &alternating, 5), None);
        assert_eq!(told(50, 0.55, &all_right, 5), None);
        assert_eq!(told_of((50, 0.55), &alternating, (4, 4)), None);
        assert_eq!(told(50, 0.55, &alternating, 2), None);
    }

    #[test]
    fn no_better_than_the_most_frequent_class_is_told() {
        let labels: Vec<usize> = (0..100).map(|ix| usize::from(ix < 70)).collect();
        let set = samples(&labels);
        let few = samples(&labels[65..75]);
        let same = samples(&[1; 10]);
        let found = |accuracy| Evaluation {
            loss: 0.7,
            accuracy,
            predictions: Vec::new(),
            left_out: 0,
            silent: None,
        };
        let told = |accuracy, validation, epochs: usize| {
            let ending = Ending {
                found: &found(accuracy),
                test: &set,
                train: &set,
                validation,
                n_classes: 2,
            };
            ending.unremarkable(&vec![epoch(0.7); epochs])
        };
        // Of 100 tries with 0.7 each, 79 or fewer are right in 0.9835 of cases, 78 or fewer in 0.9717.
        let hint = told(0.79, None, 1).unwrap_or_default();
        assert!(
            hint.contains("79.0 % of 100 test samples are right, 70.0 % are of one class")
                && hint.contains("up to 79.0 % right in 975 of 1000"),
            "{hint}"
        );
        assert_eq!(told(0.8, None, 1), None);
        assert_eq!(told(0.5, None, 0), None, "nothing was trained");
        // The validation set goes before the test set; where all is right or one class alone, nothing can be told.
        let hint = told(0.9, Some((&few, 0.8)), 1).unwrap_or_default();
        assert!(hint.contains("80.0 % of 10 validation samples"), "{hint}");
        assert_eq!(told(0.5, Some((&few, 1.0)), 1), None);
        assert_eq!(told(0.5, Some((&same, 0.9)), 1), None);
    }

    #[test]
    fn one_class_for_all_is_told() {
        let one = told(80, 0.8, &[1; 100], 5).expect("it looks at nothing");
        assert!(
            one.contains("all 100 test samples are taken for one class, number 1, to which 80.0 %"),
            "{one}"
        );
        assert_eq!(
            told(100, 1.0, &[1; 100], 5),
            None,
            "there is no other class"
        );
        assert_eq!(
            told(80, 0.95, &[1; 100], 5),
            None,
            "better than that in training"
        );
    }
}
