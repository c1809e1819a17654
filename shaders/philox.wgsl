// Random words that are a function of what they are for: Philox4x32-10 (Salmon, Moraes, Dror and Shaw, SC 2011), as
// `src/sparse/random.rs` has it.

// The high word of a product.
fn multiply_high(x: u32, y: u32) -> u32 {
    let x0 = x & 0xffffu;
    let x1 = x >> 16u;
    let y0 = y & 0xffffu;
    let y1 = y >> 16u;
    let middle = x1 * y0 + ((x0 * y0) >> 16u);
    let carry = (middle & 0xffffu) + x0 * y1;
    return x1 * y1 + (middle >> 16u) + (carry >> 16u);
}

fn philox(key: vec2<u32>, counter: vec4<u32>) -> vec4<u32> {
    var k = key;
    var c = counter;
    for (var round = 0u; round < 10u; round += 1u) {
        let a = vec2<u32>(multiply_high(0xd2511f53u, c.x), 0xd2511f53u * c.x);
        let b = vec2<u32>(multiply_high(0xcd9e8d57u, c.z), 0xcd9e8d57u * c.z);
        c = vec4<u32>(b.x ^ c.y ^ k.x, b.y, a.x ^ c.w ^ k.y, a.y);
        k += vec2<u32>(0x9e3779b9u, 0xbb67ae85u);
    }
    return c;
}
