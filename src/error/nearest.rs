//! The known name that an unknown one was meant to be.

/// What other programs call something that has another name here.
const ELSEWHERE: [(&str, &str); 9] = [
    ("mse", "first_spike_square"),
    ("ce", "first_spike"),
    ("crossentropy", "first_spike"),
    ("lr", "learning_rate"),
    ("vth", "threshold"),
    ("vreset", "reset_to"),
    ("cuda", "gpu"),
    ("vulkan", "gpu"),
    ("potjansdiesmann", "microcircuit"),
];

/// The known name that is nearest to one that nobody knows; none where no name is near.
///
/// Case, hyphens and underscores do not count. A name is near that differs in a third of the letters at most, that
/// begins with the other, or that has the other among its words.
pub(crate) fn nearest<'n>(
    unknown: &str,
    known: impl IntoIterator<Item = &'n str>,
) -> Option<&'n str> {
    let given = plain(unknown);
    let elsewhere = ELSEWHERE.iter().find(|(other, _)| *other == given);
    let near = known.into_iter().filter_map(|name| {
        let distance = match elsewhere {
            Some((_, here)) if *here == name => 0,
            _ => distance(&given, name)?,
        };
        Some((distance, name))
    });
    near.min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// What can be chosen in place of a name that nobody knows, the nearest first.
pub(crate) fn choices(unknown: &str, known: &[&str]) -> String {
    let all = format!("choose one of {}", known.join(", "));
    match nearest(unknown, known.iter().copied()) {
        Some(name) => format!("the nearest is {name}; {all}"),
        None => all,
    }
}

/// How many letters differ, where that is few; names that share a beginning or a word are as near as a near miss.
fn distance(given: &str, name: &str) -> Option<usize> {
    let known = plain(name);
    let most = (given.chars().count() / 3).max(1);
    let differing = strsim::damerau_levenshtein(given, &known);
    if differing <= most {
        return Some(differing);
    }
    let is_long = given.len() >= 3;
    let begins = known.starts_with(given) || (known.len() >= 3 && given.starts_with(&known));
    let has_word = name.split(['-', '_']).any(|word| word == given);
    (is_long && (begins || has_word)).then_some(most + 1)
}

fn plain(name: &str) -> String {
    let letters = name.chars().filter(|c| c.is_alphanumeric());
    letters.flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_near_name_is_found_and_a_far_one_is_not() {
        let names = [
            "xor",
            "yin-yang",
            "yin-yang-paper",
            "ssc",
            "fashion-mnist",
            "first_spike_square",
            "learning_rate",
            "rule",
        ];
        for (unknown, known) in [
            ("yin-yng", Some("yin-yang")),
            ("yinyang", Some("yin-yang")),
            ("Yin_Yang", Some("yin-yang")),
            ("yin-yang-papr", Some("yin-yang-paper")),
            ("fashion", Some("fashion-mnist")),
            ("rate", Some("learning_rate")),
            ("mse", Some("first_spike_square")),
            ("xro", Some("xor")),
            ("heidelberg", None),
            ("", None),
        ] {
            assert_eq!(nearest(unknown, names), known, "{unknown}");
        }
    }
}
