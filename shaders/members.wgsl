// The neurons of a sequential stage, counted through its members. Needs types.wgsl, and the kernel's `step`.

// The unit of the stage that has a number: members lie one after another.
fn unit_of(ix: u32) -> u32 {
    var rest = ix;
    for (var m = 0u; m < step.n_members; m += 1u) {
        let member = step.members[m];
        if (rest < member.y) {
            return member.x + rest;
        }
        rest -= member.y;
    }
    return NONE;
}

// How many neurons the stage has.
fn n_stage_neurons() -> u32 {
    var n = 0u;
    for (var m = 0u; m < step.n_members; m += 1u) {
        n += step.members[m].y;
    }
    return n;
}
