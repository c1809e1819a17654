//! `shaders/philox.wgsl` and `shaders/sparse_interval.wgsl` against 64-bit integers and f64 on the host.

use super::harness::{device, read, written};
use super::mutant;

const SHADER: &str = concat!(
    include_str!("../../../shaders/types.wgsl"),
    include_str!("../../../shaders/philox.wgsl"),
    include_str!("../../../shaders/sparse_interval.wgsl"),
    "
@group(0) @binding(0) var<storage, read> counters: array<vec4<u32>>;
@group(0) @binding(1) var<storage, read_write> words: array<vec4<u32>>;
@group(0) @binding(2) var<storage, read_write> intervals: array<f32>;

@compute @workgroup_size(WORKGROUP)
fn draws(@builtin(global_invocation_id) id: vec3<u32>) {
    if (id.x >= arrayLength(&counters)) {
        return;
    }
    let counter = counters[id.x];
    words[id.x] = philox(counter.zw, counter);
    intervals[id.x] = minus_log(counter.x);
}
"
);

pub fn philox(mut key: [u32; 2], mut counter: [u32; 4]) -> [u32; 4] {
    for _ in 0..10 {
        let a = 0xd251_1f53 * u64::from(counter[0]);
        let b = 0xcd9e_8d57 * u64::from(counter[2]);
        counter = [
            (b >> 32) as u32 ^ counter[1] ^ key[0],
            b as u32,
            (a >> 32) as u32 ^ counter[3] ^ key[1],
            a as u32,
        ];
        key = [
            key[0].wrapping_add(0x9e37_79b9),
            key[1].wrapping_add(0xbb67_ae85),
        ];
    }
    counter
}

/// Corners, and numbers of all sizes.
fn counters() -> Vec<[u32; 4]> {
    let mut state = 1_u64;
    let mut word = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 32) as u32
    };
    let mut all = vec![
        [0; 4],
        [u32::MAX; 4],
        [1; 4],
        [2; 4],
        [1 << 31; 4],
        [(1 << 31) - 1; 4],
    ];
    // Near one, where logarithms lose digits, and near zero.
    all.extend((0..32).map(|bit| [u32::MAX - (1 << bit); 4]));
    all.extend((0..32).map(|bit| [1 << bit; 4]));
    all.extend((0..20_000).map(|_| [word(), word(), word(), word()]));
    all.extend((0..2_000).map(|k| [word() >> (k % 32); 4]));
    all
}

/// The largest relative error of an interval; `None` where a word is wrong.
fn error(shader: &str) -> Option<f64> {
    let device = device()?;
    let counters = counters();
    let bindings = [
        (0, read(&counters)),
        (1, written(&vec![[0_u32; 4]; counters.len()])),
        (2, written(&vec![0_f32; counters.len()])),
    ];
    let found = device.run(
        "draws",
        shader,
        &bindings,
        [counters.len().div_ceil(64) as u32, 1, 1],
    );
    let words: Vec<[u32; 4]> = bytemuck::pod_collect_to_vec(&found[0]);
    let intervals: Vec<f32> = bytemuck::pod_collect_to_vec(&found[1]);
    let mut largest = 0.0_f64;
    for ((counter, words), interval) in counters.iter().zip(words).zip(intervals) {
        if words != philox([counter[2], counter[3]], *counter) {
            return None;
        }
        // 1 - u is exact where u is near one: ln_1p keeps its digits.
        let rest = (f64::from(u32::MAX - counter[0]) + 0.5) / 2_f64.powi(32);
        let exact = -(-rest).ln_1p();
        largest = largest.max((f64::from(interval) / exact - 1.0).abs());
    }
    Some(largest)
}

#[test]
fn words_and_intervals_are_those_of_the_host() {
    // The known answer that comes with the generator's own library, Random123.
    let known = [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8];
    assert_eq!(philox([0; 2], [0; 4]), known);
    if device().is_none() {
        return;
    }
    let off = error(SHADER).expect("every word is right");
    println!("intervals to {off:.1e}");
    assert!(off < 4e-7, "{off}");
    // The comparison can tell.
    let carry = "return x1 * y1 + (middle >> 16u) + (carry >> 16u);";
    let lost = "return x1 * y1 + (middle >> 16u);";
    assert_eq!(error(&mutant(SHADER, carry, lost)), None);
    let series = mutant(SHADER, "(0.2 + x", "(0.21 + x");
    assert!(error(&series).is_none_or(|off| off > 4e-6));
}
