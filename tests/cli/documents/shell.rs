//! Commands as documents show them, and what of them the tests run.

/// A command of the program, with the file that its output goes to, if any.
#[derive(Debug, Clone, PartialEq)]
pub struct Shown {
    pub arguments: Vec<String>,
    pub output: Option<String>,
}

/// Lines that are shown and are not the program's: these are run by hand and by CI.
const OTHERS: [&str; 1] = ["cargo test --release"];

/// How commands that take long are made short: where the arguments begin as the row does, options are set or added.
const SHORTER: [(&str, &[(&str, &str)]); 16] = [
    ("train yin-yang", &[("--epochs", "1")]),
    ("train yin-yang-delays", &[("--epochs", "1")]),
    ("train iris", &[("--epochs", "2")]),
    ("train mine.toml", &[("--epochs", "1")]),
    ("train spikes.toml", &[("--epochs", "2")]),
    ("train digits", &[("--epochs", "1")]),
    ("train digits --seeds", &[("--seeds", "0-1")]),
    ("simulate cuba", &[("--duration", "50")]),
    (
        "simulate brunel",
        &[("--scale", "0.02"), ("--duration", "20")],
    ),
    (
        "simulate microcircuit",
        &[
            ("--scale", "0.01"),
            ("--duration", "20"),
            ("--record", "L23E:0-99,L4E"),
        ],
    ),
    ("bench large", &[("--duration", "10"), ("--scales", "0.25")]),
    ("simulate own.toml", &[("--duration", "50")]),
    ("simulate cuba.toml", &[("--duration", "20")]),
    ("train features.toml", &[("--epochs", "20")]),
    (
        "train --resume runs/flowers --epochs",
        &[("--epochs", "22")],
    ),
    ("train iris --set", &[("--seeds", "0-1")]),
];

/// Commands that need what is not here, and what that is.
const NEEDS: [(&str, &str); 7] = [
    ("train mnist", "the files of MNIST"),
    ("train fashion-mnist", "the files of Fashion-MNIST"),
    ("train shd", "the files of the Spiking Heidelberg Digits"),
    ("train ssc", "the files of the Spiking Speech Commands"),
    ("compare", ADAPTER),
    ("train iris --engine gpu", ADAPTER),
    (
        "simulate own.toml --out runs/long --resume",
        "a run that was stopped",
    ),
];

/// What some tests' machines have and others have not.
pub const ADAPTER: &str = "a Vulkan adapter";

/// The words of a line; quotes of either kind keep blanks together, and `#` begins a comment.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None);
    for c in line.chars() {
        match quote {
            Some(end) if c == end => quote = None,
            Some(_) => word.get_or_insert_default().push(c),
            None if c == '\'' || c == '"' => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            None if c == '#' && word.is_none() => break,
            None if c == ' ' => words.extend(word.take()),
            None => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}

/// The program's commands in a block of shell; a line that is neither one nor known is an error.
pub fn commands(block: &str) -> Result<Vec<Shown>, String> {
    let mut found = Vec::new();
    for line in block.replace("\\\n", " ").lines() {
        if OTHERS.contains(&line) {
            continue;
        }
        let mut words = words(line);
        if words.is_empty() {
            continue;
        }
        let is_cargo = words.starts_with(&["cargo", "run", "--release", "--"].map(String::from));
        let n_program = match words[0].as_str() {
            "spikefront" => 1,
            _ if is_cargo => 4,
            _ => return Err(format!("{line:?} is no command that the tests know")),
        };
        words.drain(..n_program);
        let output = words.iter().position(|word| word == ">").map(|place| {
            let file = words[place + 1].clone();
            words.truncate(place);
            file
        });
        found.push(Shown {
            arguments: words,
            output,
        });
    }
    Ok(found)
}

impl Shown {
    /// What it needs that is not here, if anything.
    pub fn needs(&self) -> Option<&'static str> {
        let row = NEEDS.iter().find(|(start, _)| self.begins(start));
        row.map(|(_, what)| *what)
    }

    /// The same in a short form.
    pub fn shorter(mut self) -> Self {
        for (start, options) in SHORTER {
            if !self.begins(start) {
                continue;
            }
            for (name, value) in options {
                match self.arguments.iter().position(|argument| argument == name) {
                    Some(place) => self.arguments[place + 1] = (*value).to_owned(),
                    None => self
                        .arguments
                        .extend([name, value].map(|s| String::from(*s))),
                }
            }
        }
        self
    }

    fn begins(&self, start: &str) -> bool {
        let mut arguments = self.arguments.iter();
        start
            .split(' ')
            .all(|word| arguments.next().is_some_and(|argument| argument == word))
    }
}

/// The rows of both tables that none of the commands uses.
pub fn unused(shown: &[Shown]) -> Vec<&'static str> {
    let starts = SHORTER.iter().map(|(start, _)| *start);
    let starts = starts.chain(NEEDS.iter().map(|(start, _)| *start));
    starts
        .filter(|start| !shown.iter().any(|command| command.begins(start)))
        .collect()
}

#[test]
fn lines_become_commands() {
    let block = "# first\nspikefront train x --set 'a={ b = 1 }' # why\ncargo run --release -- preset x > y.toml\n\ncargo test --release\n";
    let found = commands(block).expect("both are the program's");
    assert_eq!(found[0].arguments, ["train", "x", "--set", "a={ b = 1 }"]);
    assert_eq!(found[1].arguments, ["preset", "x"]);
    assert_eq!(found[1].output.as_deref(), Some("y.toml"));
    assert!(commands("rm -rf /").is_err());
}

#[test]
fn a_long_command_becomes_a_short_one() {
    let shown = commands("spikefront simulate cuba --duration 1000").expect("the program's");
    let [long] = &shown[..] else {
        panic!("one line is one command")
    };
    let short = long.clone().shorter();
    assert_eq!(short.arguments, ["simulate", "cuba", "--duration", "50"]);
    assert_eq!(long.needs(), None);
}
