//! What the reader refuses, and how it says so.

use super::*;
use crate::ErrorKind;

const GOOD: &str = r#"{
    "inputs": 2,
    "neurons": [
        {"tau_membrane": 20, "tau_synapse": 5, "threshold": 1, "reset": {"kind": "subtract"}},
        {"tau_membrane": 10, "tau_synapse": 10, "threshold": 0.5, "rest": 0.25, "initial": -1,
         "reset": {"kind": "to", "potential": -0.5, "refractory": 2}}
    ],
    "synapses": [
        {"source": {"input": 1}, "target": 0, "weight": 0.7, "delay": 0.5},
        {"source": {"neuron": 0}, "target": 1, "weight": -0.3, "delay": 0}
    ],
    "input_spikes": [[], [1, 2.5, 2.5]],
    "end": 40
}"#;

/// The message about the good case with one passage replaced.
fn refusal(from: &str, to: &str) -> (ErrorKind, String) {
    assert_eq!(GOOD.matches(from).count(), 1, "{from:?} occurs once");
    let error = Case::parse(&GOOD.replace(from, to), "some.json").expect_err(to);
    (error.kind(), error.to_string())
}

/// As files of before call rest and resets.
#[test]
fn older_words_are_read() -> Result<()> {
    let words = [("rest", "drive"), ("subtract", "soft"), ("to", "hard")];
    let older = words.iter().fold(GOOD.to_owned(), |text, (word, older)| {
        let word = format!("\"{word}\"");
        assert_eq!(text.matches(&word).count(), 1);
        text.replace(&word, &format!("\"{older}\""))
    });
    let [case, older] = [GOOD, &older].map(|text| Case::parse(text, "some.json"));
    assert_eq!(case?, older?);
    Ok(())
}

#[test]
fn a_good_case_is_read_whole() -> Result<()> {
    let case = Case::parse(GOOD, "some.json")?;
    assert_eq!(case.name(), "some.json");
    assert_eq!((case.n_inputs(), case.n_neurons()), (2, 2));
    assert_eq!((case.n_synapses(), case.n_input_spikes()), (2, 3));
    assert_eq!(case.end(), 40.0);
    assert!(case.expected().is_none());
    assert!(!case.has_delay_derivatives());
    Ok(())
}

#[test]
fn values_are_refused_by_field_value_and_remedy() {
    for (from, to, message) in [
        (
            r#""tau_membrane": 20"#,
            r#""tau_membrane": -20"#,
            "neurons[0].tau_membrane is -20: give a finite time in ms above zero",
        ),
        (
            r#""tau_synapse": 10"#,
            r#""tau_synapse": 1e-320"#,
            "whose inverse is finite",
        ),
        (
            r#""threshold": 1,"#,
            r#""threshold": 0,"#,
            "neurons[0].initial is 0: keep it below the neuron's threshold, 0",
        ),
        (
            r#""threshold": 1,"#,
            r#""threshold": -0.5, "initial": -1,"#,
            "neurons[0].threshold is -0.5: the reset `subtract` takes the threshold off",
        ),
        (
            r#""potential": -0.5"#,
            r#""potential": 0.5"#,
            "neurons[1].reset.potential is 0.5: keep it below the neuron's threshold, 0.5",
        ),
        (
            r#""refractory": 2"#,
            r#""refractory": -2"#,
            "neurons[1].reset.refractory is -2: give a finite time in ms, zero or more",
        ),
        (
            r#""delay": 0.5"#,
            r#""delay": -0.5"#,
            "synapses[0].delay is -0.5: give a finite time in ms, zero or more",
        ),
        (
            r#"{"input": 1}"#,
            r#"{"input": 2}"#,
            "synapses[0].source.input is 2: the case has 2 inputs, counted from 0",
        ),
        (
            r#"{"neuron": 0}"#,
            r#"{"neuron": 9}"#,
            "synapses[1].source.neuron is 9: the case has 2 neurons, counted from 0",
        ),
        (
            r#""target": 1"#,
            r#""target": 2"#,
            "synapses[1].target is 2: the case has 2 neurons, counted from 0",
        ),
        (
            "[1, 2.5, 2.5]",
            "[2, 1]",
            "input_spikes[1][1] is 1: sort the input's times: the spike before it is at 2 ms",
        ),
        (
            "[1, 2.5, 2.5]",
            "[-1]",
            "input_spikes[1][0] is -1: give a finite time in ms, zero or more",
        ),
        (
            "[1, 2.5, 2.5]",
            "[40.5]",
            "input_spikes[1][0] is 40.5: keep it within the run, which ends at 40 ms",
        ),
        (
            r#""inputs": 2"#,
            r#""inputs": 1000000000000"#,
            "length of input_spikes is 2: give one list of times for each of the 1000000000000",
        ),
        (
            r#""end": 40"#,
            r#""end": 0"#,
            "end is 0: give a finite time",
        ),
    ] {
        let (kind, found) = refusal(from, to);
        assert_eq!(kind, ErrorKind::Invalid, "{found}");
        assert!(found.contains(message), "{found:?} lacks {message:?}");
    }
}

#[test]
fn texts_that_are_no_case_are_refused_by_line() {
    for (from, to, message) in [
        (r#""end": 40"#, r#""end": 1e400"#, "number out of range"),
        (r#""end": 40"#, r#""end": NaN"#, "expected value"),
        (r#""end": 40"#, r#""end": "40""#, "invalid type: string"),
        (r#""end": 40"#, r#""ends": 40"#, "unknown field `ends`"),
        (
            r#""end": 40"#,
            r#""end": 40, "end": 40"#,
            "duplicate field `end`",
        ),
        (
            r#""inputs": 2"#,
            r#""inputs": -2"#,
            "invalid value: integer `-2`",
        ),
        (
            r#""inputs": 2"#,
            r#""inputs": 2.5"#,
            "invalid type: floating point",
        ),
        (r#""rest""#, r#""rests""#, "unknown field `rests`"),
        (
            r#"{"kind": "subtract"}"#,
            r#"{"kind": "subtract", "potential": 0}"#,
            "unknown field `potential`",
        ),
        (
            r#""kind": "subtract""#,
            r#""kind": "mild""#,
            "unknown variant `mild`",
        ),
        (r#", "refractory": 2"#, "", "missing field `refractory`"),
        (
            r#"{"input": 1}"#,
            r#"{"axon": 1}"#,
            "unknown variant `axon`",
        ),
        (r#"{"input": 1}"#, r#"{"input": 1, "neuron": 0}"#, "line 9"),
        (r#""weight": 0.7, "#, "", "missing field `weight`"),
    ] {
        let (kind, found) = refusal(from, to);
        assert_eq!(kind, ErrorKind::Malformed, "{found}");
        assert!(found.contains(message), "{found:?} lacks {message:?}");
        assert!(found.starts_with("some.json: "), "{found}");
        assert!(found.contains("line "), "{found}");
    }
    for text in ["", "{", "[]", "null", &"[".repeat(100_000), "{\"inputs\""] {
        let error = Case::parse(text, "x").expect_err("not a case");
        assert_eq!(error.kind(), ErrorKind::Malformed);
    }
}

#[test]
fn an_expectation_must_fit_its_case() {
    let with = |expected: &str| {
        let text = GOOD.replace(
            r#""end": 40"#,
            &format!(r#""end": 40, "expected": {expected}"#),
        );
        Case::parse(&text, "x").map_err(|error| error.to_string())
    };
    let spike = r#""spikes": [{"neuron": 1, "time": "3.25"}], "smallest_slope": "0.1""#;
    let good = r#""weights": [["1", 2]], "thresholds": [[0, 0]], "input_times": [[1, 0, 0]]"#;
    let case = with(&format!("{{{spike}, \"jacobian\": {{{good}}}}}")).expect("it fits");
    let expected = case.expected().expect("it was given");
    assert_eq!(expected.spikes[0].time, 3.25);
    assert_eq!(expected.jacobian.weights, [[1.0, 2.0]]);
    for (spike, jacobian, message) in [
        (
            spike.replace('1', "2"),
            good.into(),
            "expected.spikes[0].neuron is 2",
        ),
        (
            spike.replace("3.25", "43"),
            good.into(),
            "expected.spikes[0].time is 43",
        ),
        (
            spike.replace("3.25", "-inf"),
            good.into(),
            "a finite number",
        ),
        (
            spike.into(),
            good.replace("[[0, 0]]", "[]"),
            "length of expected.jacobian.thresholds is 0",
        ),
        (
            spike.into(),
            good.replace("[0, 0]", "[0]"),
            "length of expected.jacobian.thresholds[0] is 1",
        ),
        (
            spike.into(),
            format!("{good}, \"delays\": [[0, 0]]"),
            "leave it out where some delay is zero",
        ),
    ] {
        let message_found =
            with(&format!("{{{spike}, \"jacobian\": {{{jacobian}}}}}")).expect_err(message);
        assert!(
            message_found.contains(message),
            "{message_found:?} lacks {message:?}"
        );
    }
}

#[test]
fn files_are_refused_by_what_is_wrong_with_them() -> std::io::Result<()> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("case.json");
    let kind = || Case::read(&path).map_err(|error| error.kind());
    assert_eq!(kind().err(), Some(ErrorKind::Io));
    std::fs::write(&path, [0xff, 0xfe, 0x00])?;
    assert_eq!(kind().err(), Some(ErrorKind::Malformed));
    std::fs::write(&path, GOOD)?;
    assert!(kind().is_ok());
    assert_eq!(
        Case::read(folder.path()).err().map(|e| e.kind()),
        Some(ErrorKind::Io)
    );
    Ok(())
}

#[test]
fn one_value_can_be_changed_and_is_checked() -> Result<()> {
    use super::super::Group;
    let case = Case::parse(GOOD, "x")?;
    for group in Group::ALL {
        for column in 0..case.n_columns(group) {
            let value = case.value(group, column).expect("the column exists");
            assert_eq!(case.with_value(group, column, value)?, case);
        }
        assert_eq!(case.value(group, 99), None);
        assert!(case.with_value(group, 99, 1.0).is_err());
    }
    assert!(case.with_value(Group::Delays, 1, -0.1).is_err());
    assert!(case.with_value(Group::InputTimes, 0, 2.6).is_err());
    assert!(case.with_value(Group::Weights, 0, f64::NAN).is_err());
    let changed = case.with_value(Group::InputTimes, 2, 3.0)?;
    assert_eq!(changed.value(Group::InputTimes, 2), Some(3.0));
    Ok(())
}

/// What is wrong may be as long as the file; what is said of it is not, and still names the place.
#[test]
fn a_long_value_is_not_repeated_in_full() {
    let long = format!("\"end\": \"{}\"", "9".repeat(100_000));
    let (kind, message) = refusal(r#""end": 40"#, &long);
    assert_eq!(kind, ErrorKind::Malformed);
    assert!(message.len() < 600, "{}", message.len());
    assert!(message.starts_with("some.json: invalid type"), "{message}");
    assert!(
        message.contains(" ... ") && message.contains("at line "),
        "{message}"
    );
}
