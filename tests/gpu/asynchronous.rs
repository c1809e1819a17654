//! The methods that a browser awaits: the same bits as those that block.

use std::future::Future;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

use spikefront::{Engine, GradientOptions, Method, Result};

use crate::common::{cotangent, draw};
use crate::device::gpu;

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Polls a future only when it asks for it, as an event loop does.
fn finish<T>(future: impl Future<Output = T>) -> T {
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut context = Context::from_waker(&waker);
    let mut future = std::pin::pin!(future);
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(value) => return value,
            Poll::Pending => thread::park(),
        }
    }
}

#[test]
fn what_is_awaited_has_the_bits_of_what_blocks() -> Result<()> {
    let (Some(blocking), Some(mut awaited)) = (gpu(), gpu()) else {
        return Ok(());
    };
    let drawn = draw(6)?;
    let problem = drawn.problem();
    let recording = blocking.simulate(&problem)?;
    assert!(recording.n_spikes() > 0);
    assert_eq!(finish(awaited.simulate_async(&problem))?, recording);
    let cotangent = cotangent(&recording, 3);
    let mut gradients = Vec::new();
    for method in [Method::Forward, Method::Adjoint] {
        let options = GradientOptions::everything(method);
        let expected = blocking.gradient(&problem, &recording, &cotangent, &options)?;
        let found = finish(awaited.gradient_async(&problem, &recording, &cotangent, &options))?;
        assert_eq!(found, expected, "{method}");
        let expected = blocking.jacobian(&problem, &recording, 1, &options)?;
        let jacobian = finish(awaited.jacobian_async(&problem, &recording, 1, &options))?;
        assert_eq!(jacobian, expected, "{method}");
        gradients.push(found);
    }
    // Control: the comparison sees a difference of rounding, such as between the two methods.
    assert_ne!(gradients[0], gradients[1]);
    Ok(())
}

#[test]
fn a_device_that_is_lost_ends_the_wait() -> Result<()> {
    let Some(mut engine) = gpu() else {
        return Ok(());
    };
    let drawn = draw(6)?;
    finish(engine.simulate_async(&drawn.problem()))?;
    engine.lose_device();
    let error = finish(engine.simulate_async(&drawn.problem())).expect_err("it is lost");
    assert_eq!(error.kind(), spikefront::ErrorKind::Device, "{error}");
    Ok(())
}
