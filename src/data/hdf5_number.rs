//! Numbers of an HDF5 file, of every width and order of bytes.

use half::f16;
use hdf5_reader::{ByteOrder, Datatype};

/// How a number lies in the file.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Number {
    Float { size: u8, order: ByteOrder },
    Unsigned { size: u8, order: ByteOrder },
    Signed { size: u8, order: ByteOrder },
}

impl Number {
    /// `None` for what is not a number of 1, 2, 4 or 8 bytes.
    pub(crate) fn of(datatype: &Datatype) -> Option<Self> {
        match *datatype {
            Datatype::FloatingPoint {
                size: size @ (2 | 4 | 8),
                byte_order: order,
            } => Some(Self::Float { size, order }),
            Datatype::FixedPoint {
                size: size @ (1 | 2 | 4 | 8),
                signed,
                byte_order: order,
            } => Some(if signed {
                Self::Signed { size, order }
            } else {
                Self::Unsigned { size, order }
            }),
            _ => None,
        }
    }

    /// How many bytes one takes.
    pub(crate) fn size(self) -> usize {
        let (Self::Float { size, .. } | Self::Unsigned { size, .. } | Self::Signed { size, .. }) =
            self;
        usize::from(size)
    }

    /// The numbers that lie in `bytes`, one after another.
    pub(crate) fn values(self, bytes: &[u8]) -> Vec<f64> {
        let (Self::Float { order, .. } | Self::Unsigned { order, .. } | Self::Signed { order, .. }) =
            self;
        let value = |bytes: &[u8]| {
            let mut word = [0; 8];
            word[..bytes.len()].copy_from_slice(bytes);
            if order == ByteOrder::BigEndian {
                word[..bytes.len()].reverse();
            }
            let bits = u64::from_le_bytes(word);
            // Widening a whole number with a sign repeats its highest bit.
            let shift = 64 - 8 * bytes.len() as u32;
            match self {
                Self::Float { size: 2, .. } => f16::from_bits(bits as u16).to_f64(),
                Self::Float { size: 4, .. } => f64::from(f32::from_bits(bits as u32)),
                Self::Float { .. } => f64::from_bits(bits),
                Self::Unsigned { .. } => bits as f64,
                Self::Signed { .. } => (((bits << shift) as i64) >> shift) as f64,
            }
        };
        bytes.chunks_exact(self.size()).map(value).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_every_kind_are_widened() {
        let (little, big) = (ByteOrder::LittleEndian, ByteOrder::BigEndian);
        let float = Number::Float {
            size: 2,
            order: little,
        };
        assert_eq!(float.values(&0x3e00_u16.to_le_bytes()), [1.5]);
        let float = Number::Float {
            size: 4,
            order: big,
        };
        assert_eq!(float.values(&(-2.5_f32).to_be_bytes()), [-2.5]);
        let signed = Number::Signed {
            size: 2,
            order: big,
        };
        assert_eq!(signed.values(&(-3_i16).to_be_bytes()), [-3.0]);
        let unsigned = Number::Unsigned {
            size: 2,
            order: little,
        };
        assert_eq!(unsigned.values(&[0xfd, 0xff, 1, 0]), [65_533.0, 1.0]);
    }
}
