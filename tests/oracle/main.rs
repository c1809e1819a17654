//! The library against an oracle of high precision that shares no code and no gradient formula with it.

mod big;
mod cell;
mod compare;
mod controls;
mod crossing;
mod dd;
#[path = "../common/gpu.rs"]
mod device;
mod differences;
mod driven;
mod exact;
mod families;
mod faults;
mod gpu;
mod jacobian;
mod layout;
mod net;
mod numbers;
mod real;
mod rule;
mod tally;
mod ways;
