//! What a simulation's file cannot say.

use super::*;

fn refused(text: &str) -> String {
    let read = SimulationFile::from_toml(text, "own.toml");
    let made = read.and_then(|file| file.describe()?.build_in_rows());
    made.map(|_| ()).expect_err("it is faulty").to_string()
}

#[test]
fn a_wrong_key_or_name_is_told_with_the_nearest_right_one() {
    for (right, wrong, expected) in [
        (
            "tau_membrane = 20.0",
            "tau_membran = 20.0",
            "line 26: unknown field `tau_membran`",
        ),
        (
            "threshold = -50.0",
            "treshold = -50.0",
            "the nearest is `threshold`",
        ),
        ("[[poisson]]", "[[posson]]", "the nearest is `poisson`"),
        (
            "\"log_normal\"",
            "\"lognormal\"",
            "the nearest is `log_normal`",
        ),
        (
            "\"fixed_probability\", probability",
            "\"fixed_probability\", p",
            "`p`, expected `probability`",
        ),
        (
            "\"all_to_all\" }\nweight",
            "\"all_to_al\" }\nweight",
            "the nearest is `all_to_all`",
        ),
        (
            "deviation = 0.02",
            "deviaton = 0.02",
            "the nearest is `deviation`",
        ),
        (
            "duration = 200.0",
            "duration = \"long\"",
            "expected a number",
        ),
        (
            "threshold = -50.0 # needed, but for a readout: the potential at which a neuron fires\n",
            "",
            "threshold of population \"excitatory\" is missing: give the potential at which a neuron fires, or readout = true",
        ),
        (
            "delay = 1.5",
            "delay = \"long\"",
            "a number or a distribution such as",
        ),
        (
            "target = \"inhibitory\"",
            "target = \"inhibitry\"",
            "target of projection \"excitatory->inhibitry\"",
        ),
        (
            "source = \"stimulus\"",
            "source = \"stimuls\"",
            "the nearest is stimulus",
        ),
        (
            "receptor = \"slow\"",
            "receptor = \"slw\"",
            "give one of fast, slow; the nearest is slow",
        ),
        (
            "receptor = \"slow\"\n",
            "",
            "receptor of projection \"inhibitory->excitatory\" is missing",
        ),
        (
            "weight_of_peak = -0.2",
            "weight_of_peak = -0.2\nweight = 1",
            "not both",
        ),
        (
            "weight_of_peak = -0.2\n",
            "",
            "give `weight` in mV/ms or `weight_of_peak` in mV",
        ),
        (
            "delay = 0.8\n",
            "",
            "delay of projection \"inhibitory->excitatory\" is missing",
        ),
        (
            "delay = 0.8",
            "delay = -0.8",
            "give a finite delay in ms, zero or more",
        ),
        (
            "rate = 2.0",
            "rate = -2.0",
            "rate of poisson \"excitatory\" is -2",
        ),
        (
            "rate = 2.0",
            "rate = []",
            "rate of poisson \"excitatory\" is an empty list",
        ),
        (
            "weight_of_peak = 0.6",
            "weight_of_peak = inf",
            "weight_of_peak of poisson \"excitatory\" is inf",
        ),
        (
            "size = 80",
            "size = 0",
            "size of population \"excitatory\" is 0: give one neuron or more",
        ),
        (
            "tau_membrane = 20.0",
            "tau_membrane = 0.0",
            "tau_membrane of population \"excitatory\" is 0",
        ),
        (
            "name = \"slow\", tau = 10.0",
            "name = \"slow\", tau = -10.0",
            "tau of receptor \"slow\" of population \"excitatory\" is -10",
        ),
        (
            "name = \"inhibitory\"",
            "name = \"excitatory\"",
            "name of population 1 is \"excitatory\"",
        ),
        (
            "every = 0.5",
            "every = 0.0",
            "every of a record of \"excitatory\" is 0: give a finite time",
        ),
        (
            "rest = -60.0",
            "rest = nan",
            "rest of population \"excitatory\" is NaN",
        ),
        (
            "name = \"slow\"",
            "name = \"fast\"",
            "name of a receptor of population \"excitatory\"",
        ),
        (
            "times = [[10.0",
            "times = [[-10.0",
            "time in channel 0 of generator \"stimulus\" is -10: give finite times",
        ),
        (
            "channels = 4",
            "channels = 2",
            "channels of generator \"stimulus\" is 2: give a number from 3",
        ),
        (
            "channels = 4",
            "file = \"x.npz\"",
            "give either `times` or `file`",
        ),
        (
            "list\", synapses",
            "list\", file = \"x\", synapses",
            "give either `file` or `synapses`",
        ),
        (
            "[2, 7, 4.0, 0.5]",
            "[2, 70, 4.0, 0.5]",
            "target of synapse 1",
        ),
    ] {
        assert!(EVERY_KEY.contains(right), "{right}");
        let told = refused(&EVERY_KEY.replacen(right, wrong, 1));
        assert!(told.contains(expected), "{wrong}: {told}");
    }
}
