//! Sessions that go on from where others were.

use std::sync::Arc;

use spikefront::Result;
use spikefront::session::OptimiserState;
use spikefront::train::TrainerState;

use super::cases::{Case, N_CHANNELS, samples};
use crate::device::gpu;

#[test]
fn every_kind_of_parameters_goes_on_with_the_same_bits() -> Result<()> {
    let Some(gpu) = gpu().map(Arc::new) else {
        return Ok(());
    };
    let batch = samples()?.select(&(0..8).collect::<Vec<_>>());
    for (loss, is_recurrent, is_sparse) in [
        ("first spike", true, false),
        ("sum", false, false),
        ("maximum", false, false),
        ("sum", true, true),
    ] {
        let case = Case {
            loss,
            trained: "everything",
            is_recurrent,
            is_sparse,
        };
        let settings = case.settings(&case.network(N_CHANNELS)?.0)?;
        let mut whole = case.device(&gpu, &settings)?;
        let mut second = case.device(&gpu, &settings)?;
        for _ in 0..3 {
            whole.step(&batch)?;
        }
        let state = whole.state()?;
        second.restore(&state)?;
        let mut forgetful = case.device(&gpu, &settings)?;
        forgetful.restore(&TrainerState {
            optimiser: OptimiserState::default(),
            ..state
        })?;
        for _ in 0..3 {
            let (x, y) = (whole.step(&batch)?, second.step(&batch)?);
            assert_eq!(x.loss, y.loss, "{loss}");
            forgetful.step(&batch)?;
        }
        assert_eq!(whole.parameters(), second.parameters(), "{loss}");
        assert_ne!(whole.parameters(), forgetful.parameters(), "{loss}");
    }
    Ok(())
}
