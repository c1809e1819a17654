//! Pictures of the largest, the smallest and the nearest numbers.

use super::*;

#[test]
fn finite_extremes_are_drawn_without_a_panic() {
    let extremes = [
        0.0,
        -0.0,
        5e-324,
        1e-310,
        1.0,
        -1.0,
        1e17,
        f64::MAX,
        f64::MIN,
    ];
    for a in extremes {
        for b in extremes {
            let pair = [a, b];
            let run = Training {
                loss: &pair,
                accuracy: &[1.0, 1.0],
                ..Training::default()
            };
            training(&run).expect("finite losses");
            let times = [Some(a), Some(b)];
            let first = FirstSpikes {
                classes: &[0, 0],
                times: &times,
                names: &[""],
            };
            first_spikes(&first).expect("finite times");
            let spikes = [VoltageSpike {
                time: b,
                gradient: Some(a),
            }];
            let trace = Voltage {
                times: &[a.min(b), a.max(b)],
                voltages: &pair,
                threshold: b,
                spikes: &spikes,
            };
            voltage(&trace).expect("a finite trace");
            let groups = [DistributionGroup {
                name: "\u{1}",
                values: &pair,
            }];
            let spread = Distribution {
                quantity: "",
                groups: &groups,
            };
            distribution(&spread).expect("finite values");
            for scale in [ScatterScale::Linear, ScatterScale::Magnitude] {
                let pairs = Scatter {
                    x: &pair,
                    y: &[b, a],
                    x_name: "",
                    y_name: "",
                    caption: "",
                    scale,
                };
                let drawn = scatter(&pairs).is_ok();
                let zeros = a == 0.0 && b == 0.0 && scale == ScatterScale::Magnitude;
                assert_eq!(drawn, !zeros, "{a} {b}");
            }
        }
        if a > 0.0 {
            let group = RasterGroup {
                name: "\u{1}\n",
                size: usize::MAX,
                of: usize::MAX,
                spikes: &[(usize::MAX - 1, 0.0)],
                is_input: false,
            };
            let long = Raster {
                title: "",
                note: "",
                groups: &[group],
                time: 0.0..a,
            };
            raster(&long).expect("a positive duration");
        }
    }
}
