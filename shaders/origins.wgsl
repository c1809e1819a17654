// The adjoints of arrival times that a workgroup's neurons share: each adds its own, in the order of
// invocations, a batch of arrivals at a time. Needs types.wgsl, lanes.wgsl and the kernel's `adjoints`.

// One more than invocations lies between those of two arrivals: the invocations that add them up read one of each at a time,
// which then lie in different banks of the workgroup's memory.
const SHARES_STRIDE: u32 = WORKGROUP + 1u;

var<workgroup> shares: array<f32, BATCH * SHARES_STRIDE>;

// What an invocation adds to the adjoint of the batch's arrival number k.
fn set_share(k: u32, lane: u32, share: f32) {
    shares[k * SHARES_STRIDE + lane] = share;
}

// Of an invocation without a neuron.
fn clear_shares(lane: u32) {
    for (var k = 0u; k < BATCH; k += 1u) {
        set_share(k, lane, 0.0);
    }
}

// Every invocation of the workgroup calls this together; `first` is the batch's last arrival.
fn add_shares(slot: u32, group: u32, lane: u32, first: u32, n: u32) {
    workgroupBarrier();
    if (lane < n) {
        var sum = 0.0;
        for (var k = 0u; k < WORKGROUP; k += 4u) {
            let at = lane * SHARES_STRIDE + k;
            let four = vec4<f32>(shares[at], shares[at + 1u], shares[at + 2u], shares[at + 3u]);
            sum = (((sum + four.x) + four.y) + four.z) + four.w;
        }
        adjoints[arrival_adjoint(slot, group, first - lane, sizes.arrivals_capacity)] = sum;
    }
    workgroupBarrier();
}
