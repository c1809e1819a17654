//! What the loops of kernels do, against a table of it; and that a change of a shader is told.

use super::part::{Part, shader};
use super::shader::Shader;
use super::{batch_parts, stream_parts};
use crate::Result;
use crate::gpu::kernels;
use crate::gpu::receptors::Receptors;

/// All parts of all kernels.
fn parts() -> impl Iterator<Item = &'static Part> {
    let all = batch_parts::ALL.iter().chain(stream_parts::ALL);
    all.flat_map(|parts| parts.iter())
}

fn part(kernel: &str, each: &str) -> &'static Part {
    let found = parts().find(|part| part.kernel == kernel && part.each == each);
    found.unwrap_or_else(|| panic!("{kernel} has no part {each}"))
}

/// Multiply-adds; exponentials and divisions; bytes of memory, weights apart; bytes of weights, of workgroup memory; atomic operations.
type Counted = [f64; 6];

fn counted(shader: &Shader, part: &Part) -> Result<Counted> {
    let cost = part.cost(shader)?;
    Ok([
        cost.multiply_adds,
        cost.exponentials,
        cost.memory_bytes,
        cost.weight_bytes,
        cost.workgroup_bytes,
        cost.atomics,
    ])
}

/// The loops that decide how long kernels take. Of an arrival of `sensitivity_tiled` they are those of 32 neurons and columns:
/// 3.125 multiply-adds and 0.44 numbers from workgroup memory for each.
#[rustfmt::skip]
const EXPECTED: &[(&str, &str, Counted)] = &[
    ("advance", "arrival", [10.0, 0.0, 0.25, 0.0, 4.0, 0.0]),
    ("advance", "eight weights", [0.0, 0.0, 2.0, 32.0, 32.0, 0.0]),
    ("advance", "interval", [44.0, 3.0, 0.3125, 4.0, 0.0, 0.0]),
    ("advance", "look", [87.0, 10.0, 0.0, 0.0, 0.0, 0.0]),
    ("order", "pair", [0.0, 0.0, 0.0, 0.0, 8.0, 0.0]),
    ("propagators", "interval", [32.0, 3.0, 144.0, 0.0, 0.0, 0.0]),
    ("propagators", "frame", [17.0, 7.0, 32.0, 0.0, 0.0, 0.0]),
    ("readout", "interval", [96.0, 12.0, 44.4375, 4.0, 0.0, 0.0]),
    ("advance_sequential", "offer", [6.0, 0.0, 152.125, 4.0, 0.0, 0.0]),
    ("advance_sequential", "event and neuron", [46.0, 4.0, 193.5625, 12.0, 0.0, 0.0]),
    ("adjoint", "four arrivals", [28.0, 0.0, 1.0625, 0.0, 0.0, 0.0]),
    ("adjoint", "four arrivals that count", [0.0, 0.0, 32.0, 0.0, 0.0, 0.0]),
    ("adjoint", "four arrivals whose times count", [0.0, 0.0, 0.0, 16.0, 16.0, 0.0]),
    ("adjoint", "four shares", [4.0, 0.0, 0.0, 0.0, 16.0, 0.0]),
    ("reduce", "value and eight samples", [8.0, 0.0, 32.0, 0.0, 0.0, 0.0]),
    ("adam", "invocation", [12.0, 5.0, 44.0, 8.0, 0.0, 0.0]),
    ("deliver", "share", [1.0, 0.0, 4.0, 0.0, 0.0, 0.0]),
    ("adjoint_sequential", "arrival", [81.0, 7.0, 116.0, 4.0, 0.0, 0.0]),
    ("sensitivity", "arrival", [1.0, 0.0, 4.3125, 0.25, 0.0, 0.0]),
    ("sensitivity", "arrival that counts", [37.0, 3.0, 0.0, 0.0, 0.0, 0.0]),
    ("sensitivity_sequential", "arrival", [1.0, 0.0, 4.3125, 0.25, 0.0, 0.0]),
    ("sensitivity_tiled", "arrival", [100.0, 0.0, 0.0, 0.0, 56.0, 0.0]),
    ("sensitivity_tiled", "weight", [0.0, 0.0, 0.0, 4.0, 0.0, 0.0]),
    ("sensitivity_tiled", "derivative", [0.0, 0.0, 4.0, 0.0, 0.0, 0.0]),
    ("sensitivity_tiled", "event and column", [16.0, 1.0, 20.0, 20.0, 0.0, 0.0]),
    ("sensitivity_tiled", "entry in", [0.0, 0.0, 8.0, 0.0, 0.0, 0.0]),
    ("sensitivity_own", "arrival", [0.0, 0.0, 0.0, 0.0, 16.0, 0.0]),
    ("sensitivity_own", "spike of another", [0.0, 0.0, 4.5, 0.0, 0.0, 0.0]),
    ("spike_factors", "spike and arrival", [36.0, 3.0, 4.3125, 4.0, 0.0, 0.0]),
    ("sensitivity_product", "arrival", [32.0, 0.0, 0.0, 0.0, 48.0, 0.0]),
    ("sensitivity_product", "factor", [0.0, 0.0, 4.0, 0.0, 0.0, 0.0]),
    ("sensitivity_product", "derivative", [0.0, 0.0, 4.0, 0.0, 0.0, 0.0]),
    ("spike_chain", "spike", [13.0, 3.0, 8.5, 0.0625, 0.0, 0.0]),
    ("contract", "column and eight spikes", [8.0, 0.0, 32.5, 0.0, 0.0, 0.0]),
    ("sparse_deliver", "arrival", [5.0, 0.0, 64.0, 0.0, 0.0, 1.0]),
    ("sparse_deliver", "search", [14.0, 0.0, 0.875, 0.0, 0.0, 0.0]),
    ("sparse_advance", "neuron", [0.0, 0.0, 129.5625, 0.0, 0.0, 0.0]),
    ("sparse_advance", "idle interval", [83.0, 1.0, 60.0, 0.0, 0.0, 0.0]),
    ("sparse_advance", "interval", [289.0, 1.0, 72.0, 0.0, 0.0, 0.0]),
    ("sparse_advance", "draw", [17.0, 2.0, 0.0, 0.0, 0.0, 0.0]),
    ("sparse_advance", "comparison", [0.0, 0.0, 24.0, 0.0, 0.0, 0.0]),
    ("sparse_collect", "arrival", [46.0, 3.0, 52.0, 0.0, 0.0, 0.0]),
    ("sparse_adjoint", "neuron", [116.0, 0.0, 37.6875, 0.0, 0.0, 0.0]),
    ("sparse_adjoint", "four shares", [4.0, 0.0, 16.0, 0.0, 0.0, 0.0]),
    ("sparse_draw", "arrival", [126.0, 2.0, 64.0, 0.0, 0.0, 0.0]),
];

/// What is not as expected.
fn faults(kernel: &str, shader: &Shader) -> Result<Vec<String>> {
    let mut faults = Vec::new();
    for (of, each, expected) in EXPECTED.iter().filter(|(of, ..)| *of == kernel) {
        let found = counted(shader, part(of, each))?;
        if found != *expected {
            faults.push(format!("(\"{of}\", \"{each}\", {found:?}),"));
        }
    }
    Ok(faults)
}

#[test]
fn loops_do_what_the_table_says() -> Result<()> {
    let mut all = Vec::new();
    for source in kernels::ALL {
        let shader = shader(source.name, Receptors::One)?;
        all.extend(faults(source.name, &shader)?);
    }
    assert!(all.is_empty(), "{}", all.join("\n"));
    Ok(())
}

#[test]
fn every_part_is_in_its_kernel() -> Result<()> {
    for part in parts() {
        // What several currents change has pieces of other names.
        let of_several = part.each == "interval of several";
        let receptors = match of_several {
            true => Receptors::Several,
            false => Receptors::One,
        };
        part.cost(&shader(part.kernel, receptors)?)?;
    }
    Ok(())
}

/// A kernel's text with one thing changed.
fn perturbed(kernel: &str, from: &str, to: &str) -> Result<Shader> {
    let source = kernels::ALL.iter().find(|source| source.name == kernel);
    let text = source.expect("a kernel of that name").text;
    assert!(text.contains(from), "{kernel} has no {from:?} to change");
    Shader::new(kernel, &text.replacen(from, to, 1))
}

#[test]
fn one_more_load_or_exponential_is_told() -> Result<()> {
    for (kernel, from, to) in [
        // A second load of the weight.
        (
            "advance",
            "let x = vec4<f32>(values[a.x],",
            "let x = values[ix] * vec4<f32>(values[a.x],",
        ),
        (
            "advance",
            "here = there;",
            "here = there; here.x += exp(here.y);",
        ),
        (
            "adjoint",
            "gradient[at.w] = w;",
            "gradient[at.w] = w; gradient[at.w + 1u] = w;",
        ),
        (
            "sensitivity_tiled",
            "u[7] = fma(vec4<f32>(w.w), off, u[7]);",
            "u[7] = fma(vec4<f32>(exp(w.w)), off, u[7]);",
        ),
        (
            "sensitivity_product",
            "let factor = batch_factors[at * SPIKE_FOURS + spike_four];",
            "let factor = batch_factors[at * SPIKE_FOURS + spike_four] * batch_factors[at];",
        ),
        (
            "spike_factors",
            "factor *= values[arrival.weights + spike.unit];",
            "factor *= exp(values[arrival.weights + spike.unit]);",
        ),
        (
            "sensitivity_tiled",
            "let step = steps[k];",
            "let step = steps[k] + steps[0];",
        ),
        (
            "sparse_deliver",
            "arrival.offset = delay_offset(delay, spike.offset);",
            "arrival.offset = exp(delay_offset(delay, spike.offset));",
        ),
        (
            "sparse_collect",
            "derivatives[place] = derivatives[place] + vec2<f32>(found.y, moved);",
            "derivatives[place] = derivatives[place] + vec2<f32>(found.y, moved); derivatives[0] = derivatives[place];",
        ),
        (
            "order",
            "rank += u32(precedes);",
            "rank += u32(precedes && fired[base].unit < mine.unit);",
        ),
    ] {
        let found = faults(kernel, &perturbed(kernel, from, to)?)?;
        assert!(!found.is_empty(), "{kernel}: {to:?} is not told");
    }
    Ok(())
}

#[test]
fn a_loop_that_is_not_there_is_named() {
    use super::shader::{Of, Piece};
    let piece = |function, of| Piece {
        function,
        of,
        without: &[],
    };
    let shader = shader("reduce", Receptors::One).expect("there is one");
    for (piece, told) in [
        (piece("reduce", Of::Turn(2)), "reduce has no loop 2"),
        (piece("increase", Of::Whole), "it has no function increase"),
    ] {
        let error = shader.tally(&piece).expect_err("it is not there");
        assert!(error.to_string().contains(told), "{error}");
    }
}

#[test]
fn of_two_branches_the_dearer_counts_and_called_loops_once() -> Result<()> {
    use super::shader::{Of, Piece};
    let text = "
        var<workgroup> near: array<f32, 64>;
        @group(0) @binding(3) var<storage, read_write> values: array<vec2<f32>>;
        fn called(x: f32) -> f32 {
            var y = x;
            for (var k = 0u; k < 9u; k += 1u) { y = exp(y); }
            return y;
        }
        @compute @workgroup_size(64)
        fn main(@builtin(global_invocation_id) id: vec3<u32>) {
            var x = 0.5;
            if (id.x == 7u) { values[0] = vec2<f32>(exp(x)); values[1] = vec2<f32>(x); return; }
            if (id.x > 3u) { x = x / 3.0; } else { x = x * 2.0 + 1.0; }
            for (var k = 0u; k < id.x; k += 1u) { x -= near[k]; }
            values[id.x] = vec2<f32>(called(x)) * 2.0;
        }";
    let shader = Shader::new("main", text)?;
    let tally = |of, without| {
        shader.tally(&Piece {
            function: "main",
            of,
            without,
        })
    };
    let outside = tally(Of::Outside, &[])?;
    // x * 2 + 1 is one; times two of two numbers; the division, and one turn of what is called.
    assert_eq!((outside.multiply_adds, outside.exponentials), (3.0, 2.0));
    // The way that ends early writes more than the other.
    assert_eq!(outside.traffic["values"].bytes, 16.0);
    assert!(!outside.traffic.contains_key("near"));
    assert_eq!(tally(Of::Outside, &["called"])?.exponentials, 1.0);
    let turn = tally(Of::Turn(0), &[])?;
    assert_eq!((turn.multiply_adds, turn.traffic["near"].bytes), (1.0, 4.0));
    assert!(turn.traffic["near"].is_workgroup);
    let whole = tally(Of::Whole, &[])?;
    assert_eq!(whole.multiply_adds, 4.0);
    Ok(())
}
