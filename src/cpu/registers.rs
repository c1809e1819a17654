//! Neurons in registers: loading, storing, and the bits of a comparison.

use pulp::Simd;

/// Registers of neurons that walk through a timeline together: enough independent
/// chains of multiply-adds to hide their latency.
pub(super) const VECTORS: usize = 4;

/// The first registers' worth of `values`.
#[inline(always)]
pub(super) fn load<S: Simd>(values: &[f64]) -> [S::f64s; VECTORS] {
    let vectors = S::as_simd_f64s(&values[..VECTORS * S::F64_LANES]).0;
    std::array::from_fn(|ix| vectors[ix])
}

/// Writes registers over the first of `values`.
#[inline(always)]
pub(super) fn store<S: Simd>(values: &mut [f64], vectors: &[S::f64s; VECTORS]) {
    let target = S::as_mut_simd_f64s(&mut values[..VECTORS * S::F64_LANES]).0;
    target.copy_from_slice(vectors);
}

/// A bit for each lane of a mask.
#[inline(always)]
pub(super) fn bits<S: Simd>(mask: S::m64s) -> u32 {
    let bytes = bytemuck::bytes_of(&mask);
    if bytes.len() < S::F64_LANES {
        // One bit a lane already, as AVX-512 has it.
        return u32::from(bytes[0]);
    }
    let lane = bytes.len() / S::F64_LANES;
    (0..S::F64_LANES).fold(0, |bits, ix| bits | (u32::from(bytes[ix * lane] & 1) << ix))
}
