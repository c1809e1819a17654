//! Colours, each for a light and for a dark page.

/// Red, green and blue.
type Rgb = [u8; 3];

/// What is drawn on a light page, and what takes its place where the reader prefers dark ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Colour {
    pub light: Rgb,
    pub dark: Rgb,
}

pub(super) const INK: Colour = of(0x22_2222, 0xE6_E6E6);
pub(super) const MUTED: Colour = of(0x5F_5F5F, 0xA8_A8A8);
pub(super) const FRAME: Colour = of(0x88_8888, 0x77_7B80);
pub(super) const GRID: Colour = of(0xE4_E4E4, 0x33_363A);
pub(super) const PAPER: Colour = of(0xFF_FFFF, 0x17_191C);

/// Eight colours that stay apart for colour-blind eyes and can be read on their page: the first three are Okabe and
/// Ito's (2008) on light pages; the others were sought for distance under the simulations of Machado et al. (2009).
const PALETTE: [Colour; 8] = [
    of(0x00_72B2, 0x76_B3F8),
    of(0xD5_5E00, 0xD6_6210),
    of(0x00_9E73, 0x00_DA94),
    of(0xBB_76AE, 0xC3_799F),
    of(0x3A_5400, 0xFC_E85D),
    of(0x44_58DC, 0x90_74FF),
    of(0x6F_6776, 0xDB_EAE8),
    of(0xA4_1348, 0xF9_2F56),
];
pub(super) const BLUE: Colour = PALETTE[0];
pub(super) const VERMILLION: Colour = PALETTE[1];
pub(super) const GREEN: Colour = PALETTE[2];

const fn of(light: u32, dark: u32) -> Colour {
    let [_, r, g, b] = light.to_be_bytes();
    let [_, dark_r, dark_g, dark_b] = dark.to_be_bytes();
    Colour {
        light: [r, g, b],
        dark: [dark_r, dark_g, dark_b],
    }
}

/// The colour of class, neuron or group `ix`. Past the palette the colours return nearer to the ink, so that ten
/// digits are still ten colours.
pub(super) fn colour(ix: usize) -> Colour {
    let round = (ix / PALETTE.len()) % 3;
    blend(PALETTE[ix % PALETTE.len()], INK, 0.35 * round as f64)
}

/// `from` moved towards `to` by `share` in 0 to 1.
///
/// Opaque mixtures rather than transparency: overlapping neighbours then hide the seams between them instead of
/// showing as darker stripes.
fn blend(from: Colour, to: Colour, share: f64) -> Colour {
    let mix = |a: Rgb, b: Rgb| {
        let part = |ix: usize| f64::from(a[ix]) + (f64::from(b[ix]) - f64::from(a[ix])) * share;
        [0, 1, 2].map(|ix| part(ix).round() as u8)
    };
    Colour {
        light: mix(from.light, to.light),
        dark: mix(from.dark, to.dark),
    }
}

/// `from` made faint enough to lie behind marks of its full colour.
pub(super) fn pale(from: Colour, share: f64) -> Colour {
    blend(from, PAPER, share)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Linear light of an sRGB colour (IEC 61966-2-1).
    fn linear(rgb: Rgb) -> [f64; 3] {
        rgb.map(|part| match f64::from(part) / 255.0 {
            x if x <= 0.040_45 => x / 12.92,
            x => ((x + 0.055) / 1.055).powf(2.4),
        })
    }

    fn luminance([r, g, b]: [f64; 3]) -> f64 {
        0.2126 * r + 0.7152 * g + 0.0722 * b
    }

    /// The contrast ratio of WCAG 2.
    fn contrast(a: Rgb, b: Rgb) -> f64 {
        let [a, b] = [a, b].map(|rgb| luminance(linear(rgb)) + 0.05);
        a.max(b) / a.min(b)
    }

    /// Full vision, then without red, green and blue receptors (Machado, Oliveira and Fernandes 2009, severity 1).
    const EYES: [[[f64; 3]; 3]; 4] = [
        [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]],
        [
            [0.152_286, 1.052_583, -0.204_868],
            [0.114_503, 0.786_281, 0.099_216],
            [-0.003_882, -0.048_116, 1.051_998],
        ],
        [
            [0.367_322, 0.860_646, -0.227_968],
            [0.280_085, 0.672_501, 0.047_413],
            [-0.011_820, 0.042_940, 0.968_881],
        ],
        [
            [1.255_528, -0.076_749, -0.178_779],
            [-0.078_411, 0.930_809, 0.147_602],
            [0.004_733, 0.691_367, 0.303_900],
        ],
    ];

    /// CIELAB under the white point D65.
    fn lab(rgb: [f64; 3]) -> [f64; 3] {
        let f = |t: f64| match t {
            t if t > 0.008_856 => t.cbrt(),
            t => 7.787 * t + 16.0 / 116.0,
        };
        let [r, g, b] = rgb;
        let x = f((0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.9505);
        let (y, z) = (
            f(luminance(rgb)),
            f((0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.089),
        );
        [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
    }

    /// The least difference (CIE76) between two of the colours, over all eyes.
    fn closest(colours: &[Rgb]) -> f64 {
        let seen = |eye: &[[f64; 3]; 3], rgb: Rgb| {
            let light = linear(rgb);
            lab(eye.map(|row| row.iter().zip(light).map(|(a, b)| a * b).sum()))
        };
        let mut least = f64::INFINITY;
        for eye in &EYES {
            for (ix, &a) in colours.iter().enumerate() {
                for &b in &colours[..ix] {
                    let (a, b) = (seen(eye, a), seen(eye, b));
                    let squares = a.iter().zip(b).map(|(a, b)| (a - b).powi(2));
                    least = least.min(squares.sum::<f64>().sqrt());
                }
            }
        }
        least
    }

    #[test]
    fn the_palette_stays_apart_for_every_eye() {
        assert!(closest(&PALETTE.map(|c| c.light)) > 15.0);
        assert!(closest(&PALETTE.map(|c| c.dark)) > 15.0);
        // Red and green of the same lightness are one colour to many.
        assert!(closest(&[[0xC0, 0x50, 0x10], [0x80, 0x70, 0x00]]) < 15.0);
    }

    #[test]
    fn colours_can_be_read_on_their_page() {
        // WCAG 2: 3 for marks, 4.5 for text.
        let on_paper = |c: Colour| {
            let light = contrast(c.light, PAPER.light);
            light.min(contrast(c.dark, PAPER.dark))
        };
        for ix in 0..16 {
            assert!(on_paper(colour(ix)) >= 3.0, "{ix}");
        }
        for text in [INK, MUTED] {
            assert!(on_paper(text) >= 4.5, "{text:?}");
        }
        // The yellow of Okabe and Ito on white.
        assert!(contrast([0xF0, 0xE4, 0x42], PAPER.light) < 1.5);
    }

    #[test]
    fn the_first_sixteen_colours_differ() {
        for a in 0..16 {
            for b in 0..a {
                assert_ne!(colour(a).light, colour(b).light, "{a} and {b}");
                assert_ne!(colour(a).dark, colour(b).dark, "{a} and {b}");
            }
        }
    }
}
