// The adjoints of arrival times that a workgroup's neurons share: each adds its own, in the order of
// invocations, a batch of arrivals at a time. Needs types.wgsl, lanes.wgsl and the kernel's `adjoints`.

var<workgroup> shares: array<f32, BATCH * WORKGROUP>;

// Every invocation of the workgroup calls this together; `first` is the batch's last arrival.
fn add_shares(slot: u32, group: u32, lane: u32, first: u32, n: u32) {
    workgroupBarrier();
    if (lane < n) {
        var sum = 0.0;
        for (var k = 0u; k < WORKGROUP; k += 1u) {
            sum += shares[lane * WORKGROUP + k];
        }
        adjoints[arrival_adjoint(slot, group, first - lane)] = sum;
    }
    workgroupBarrier();
}
