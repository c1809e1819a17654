//! One array in numpy's `.npy` format, read without trusting what it claims.
//!
//! A general reader allocates what the header asks for; here nothing is
//! allocated that the file does not hold.

use half::f16;
use ndarray::{Array2, ShapeBuilder};
use std::io::Read;

use crate::memory;

/// The most numbers of an array: 1 GiB of what they become, whatever type they have in the file.
const MAX_NUMBERS: usize = 1 << 27;
/// The longest header accepted, in bytes; numpy's own are 64 to 192.
const MAX_HEADER: usize = 1 << 16;

/// An array's values as f64 and its shape. Errors are sentences for the caller to place.
pub(super) struct Npy {
    shape: Vec<usize>,
    fortran: bool,
    values: Vec<f64>,
}

impl Npy {
    /// Reads one array: f64, f32, f16, whole numbers of 1 to 8 bytes or truth values, of either byte order,
    /// format version 1 to 3.
    pub(super) fn read(mut reader: impl Read) -> Result<Self, String> {
        let header = read_header(&mut reader)?;
        let descr = entry(&header, "descr")?;
        let descr = descr.trim_start_matches('\'').split('\'').next();
        let fortran = entry(&header, "fortran_order")?.starts_with("True");
        let shape = shape(entry(&header, "shape")?)?;
        let values = match descr.and_then(kind) {
            Some(("f8", order)) => elements(reader, &shape, order, f64::from_le_bytes),
            Some(("f4", order)) => {
                elements(reader, &shape, order, |b| f32::from_le_bytes(b).into())
            }
            Some(("f2", order)) => {
                elements(reader, &shape, order, |b| f16::from_le_bytes(b).into())
            }
            Some(("i8", order)) => {
                elements(reader, &shape, order, |b| i64::from_le_bytes(b) as f64)
            }
            Some(("i4", order)) => {
                elements(reader, &shape, order, |b| i32::from_le_bytes(b).into())
            }
            Some(("i2", order)) => {
                elements(reader, &shape, order, |b| i16::from_le_bytes(b).into())
            }
            Some(("i1", order)) => elements(reader, &shape, order, |b| i8::from_le_bytes(b).into()),
            Some(("u8", order)) => {
                elements(reader, &shape, order, |b| u64::from_le_bytes(b) as f64)
            }
            Some(("u4", order)) => {
                elements(reader, &shape, order, |b| u32::from_le_bytes(b).into())
            }
            Some(("u2", order)) => {
                elements(reader, &shape, order, |b| u16::from_le_bytes(b).into())
            }
            Some(("u1" | "b1", order)) => elements(reader, &shape, order, |[b]: [u8; 1]| b.into()),
            _ => {
                let other = descr.unwrap_or_default();
                return Err(format!(
                    "its type is {other:?}; save it as float64, float32, float16 or whole numbers"
                ));
            }
        }?;
        Ok(Self {
            shape,
            fortran,
            values,
        })
    }

    /// The array as a matrix.
    pub(super) fn into_matrix(self) -> Result<Array2<f64>, String> {
        let &[rows, columns] = self.shape.as_slice() else {
            return Err(format!(
                "its shape is {:?}; it must have two axes",
                self.shape
            ));
        };
        Array2::from_shape_vec((rows, columns).set_f(self.fortran), self.values)
            .map_err(|e| e.to_string())
    }

    /// The array as one number: without axes, or with one element.
    pub(super) fn into_scalar(self) -> Result<f64, String> {
        match self.values.as_slice() {
            &[value] => Ok(value),
            _ => Err(format!(
                "its shape is {:?}; it must be one number",
                self.shape
            )),
        }
    }

    /// The array as a vector.
    pub(super) fn into_vector(self) -> Result<Vec<f64>, String> {
        if self.shape.len() == 1 {
            Ok(self.values)
        } else {
            Err(format!(
                "its shape is {:?}; it must have one axis",
                self.shape
            ))
        }
    }
}

fn read_header(reader: &mut impl Read) -> Result<String, String> {
    let mut start = [0; 8];
    fill(reader, &mut start)?;
    if !start.starts_with(b"\x93NUMPY") {
        return Err("it does not begin as a .npy array".into());
    }
    let length = match start[6] {
        1 => {
            let mut length = [0; 2];
            fill(reader, &mut length)?;
            usize::from(u16::from_le_bytes(length))
        }
        2 | 3 => {
            let mut length = [0; 4];
            fill(reader, &mut length)?;
            usize::try_from(u32::from_le_bytes(length)).unwrap_or(usize::MAX)
        }
        version => return Err(format!("its format version {version} is unknown")),
    };
    if length > MAX_HEADER {
        return Err(format!("its header claims {length} bytes"));
    }
    let mut header = vec![0; length];
    fill(reader, &mut header)?;
    String::from_utf8(header).map_err(|_| "its header is not text".into())
}

fn fill(reader: &mut impl Read, buffer: &mut [u8]) -> Result<(), String> {
    reader
        .read_exact(buffer)
        .map_err(|e| format!("its header cannot be read ({e})"))
}

/// What follows a key of the header's dictionary.
fn entry<'a>(header: &'a str, key: &str) -> Result<&'a str, String> {
    let quoted = format!("'{key}':");
    match header.split_once(&quoted) {
        Some((_, value)) => Ok(value.trim_start()),
        None => Err(format!("its header has no entry {key}")),
    }
}

fn shape(text: &str) -> Result<Vec<usize>, String> {
    let inside = text.strip_prefix('(').and_then(|t| t.split_once(')'));
    let numbers = inside.map(|(numbers, _)| {
        let parts = numbers.split(',').map(str::trim);
        parts.filter(|part| !part.is_empty()).map(str::parse)
    });
    numbers
        .and_then(|numbers| numbers.collect::<Result<_, _>>().ok())
        .ok_or_else(|| "its shape is not a tuple of sizes".into())
}

/// Which end of a number comes first.
#[derive(Clone, Copy, PartialEq)]
enum Order {
    Little,
    Big,
}

/// A type such as `<f8` without its byte order, and that.
fn kind(descr: &str) -> Option<(&str, Order)> {
    match descr.split_at_checked(1)? {
        (">", kind) => Some((kind, Order::Big)),
        ("<" | "|" | "=", kind) => Some((kind, Order::Little)),
        _ => None,
    }
}

fn elements<const N: usize>(
    reader: impl Read,
    shape: &[usize],
    order: Order,
    convert: fn([u8; N]) -> f64,
) -> Result<Vec<f64>, String> {
    let numbers = shape
        .iter()
        .try_fold(1_usize, |numbers, &size| numbers.checked_mul(size))
        .filter(|&numbers| numbers <= MAX_NUMBERS)
        .ok_or_else(|| format!("its shape {shape:?} asks for more than {MAX_NUMBERS} numbers"))?;
    let expected = numbers * N;
    // Bytes and numbers are there side by side for a moment.
    let needed = (numbers * (N + size_of::<f64>())) as u64;
    memory::check("its values", needed, |_| "use a smaller file".to_owned())
        .map_err(|error| error.to_string())?;
    let mut bytes = Vec::new();
    reader
        .take(expected as u64 + 1)
        .read_to_end(&mut bytes)
        .map_err(|e| format!("its values cannot be read ({e})"))?;
    if bytes.len() != expected {
        let held = if bytes.len() < expected {
            format!("only {}", bytes.len())
        } else {
            "more".into()
        };
        return Err(format!(
            "its shape {shape:?} asks for {expected} bytes and {held} are there"
        ));
    }
    let (chunks, _) = bytes.as_chunks::<N>();
    let value = |&chunk: &[u8; N]| {
        let mut chunk = chunk;
        if order == Order::Big {
            chunk.reverse();
        }
        convert(chunk)
    };
    Ok(chunks.iter().map(value).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;
    use ndarray_npy::WriteNpyExt;

    fn file(header: &str, values: &[u8]) -> Vec<u8> {
        let length = (header.len() as u16).to_le_bytes();
        [b"\x93NUMPY\x01\x00", &length[..], header.as_bytes(), values].concat()
    }

    fn fault(bytes: &[u8]) -> String {
        Npy::read(bytes).err().unwrap_or_default()
    }

    #[test]
    fn reads_what_another_writer_writes() -> Result<(), Box<dyn std::error::Error>> {
        let matrix = array![[1.5, -2.0, 3.0], [0.25, f64::INFINITY, 6.0]];
        let mut bytes = Vec::new();
        matrix.write_npy(&mut bytes)?;
        assert_eq!(Npy::read(bytes.as_slice())?.into_matrix()?, matrix);
        bytes.clear();
        matrix.t().write_npy(&mut bytes)?;
        assert_eq!(Npy::read(bytes.as_slice())?.into_matrix()?, matrix.t());
        bytes.clear();
        array![3_i64, -1].write_npy(&mut bytes)?;
        assert_eq!(Npy::read(bytes.as_slice())?.into_vector()?, [3.0, -1.0]);
        assert!(Npy::read(bytes.as_slice())?.into_matrix().is_err());
        bytes.clear();
        array![[3_i32], [-1]].write_npy(&mut bytes)?;
        assert_eq!(
            Npy::read(bytes.as_slice())?.into_matrix()?,
            array![[3.0], [-1.0]]
        );
        assert!(Npy::read(bytes.as_slice())?.into_vector().is_err());
        bytes.clear();
        array![0.5_f32].write_npy(&mut bytes)?;
        assert_eq!(Npy::read(bytes.as_slice())?.into_vector()?, [0.5]);
        bytes.clear();
        ndarray::arr0(7_u16).write_npy(&mut bytes)?;
        assert_eq!(Npy::read(bytes.as_slice())?.into_scalar()?, 7.0);
        assert!(Npy::read(bytes.as_slice())?.into_vector().is_err());
        Ok(())
    }

    #[test]
    fn whole_numbers_of_every_size_are_read() -> Result<(), Box<dyn std::error::Error>> {
        fn read<T: ndarray_npy::WritableElement + Clone>(
            value: T,
        ) -> Result<Vec<f64>, Box<dyn std::error::Error>> {
            let mut bytes = Vec::new();
            ndarray::arr1(&[value]).write_npy(&mut bytes)?;
            Ok(Npy::read(bytes.as_slice())?.into_vector()?)
        }
        assert_eq!(read(-7_i8)?, [-7.0]);
        assert_eq!(read(-700_i16)?, [-700.0]);
        assert_eq!(read(200_u8)?, [200.0]);
        assert_eq!(read(60_000_u16)?, [60_000.0]);
        assert_eq!(read(4_000_000_000_u32)?, [4e9]);
        assert_eq!(read(1_u64 << 63)?, [9_223_372_036_854_775_808.0]);
        Ok(())
    }

    #[test]
    fn numpy_s_other_types_are_read() {
        let read = |descr: &str, bytes: &[u8]| {
            let header = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': (2,), }}");
            let array = Npy::read(file(&header, bytes).as_slice());
            array.and_then(Npy::into_vector).expect(descr)
        };
        let big = |values: [f64; 2]| values.map(f64::to_be_bytes).concat();
        assert_eq!(read(">f8", &big([1.5, -2.0])), [1.5, -2.0]);
        assert_eq!(read(">f4", &[0x3f, 0xc0, 0, 0, 0xc0, 0, 0, 0]), [1.5, -2.0]);
        assert_eq!(read("<f2", &[0x00, 0x3e, 0x00, 0xc0]), [1.5, -2.0]);
        assert_eq!(read(">f2", &[0x3e, 0x00, 0xc0, 0x00]), [1.5, -2.0]);
        assert_eq!(read(">i2", &[0xff, 0xfd, 0, 7]), [-3.0, 7.0]);
        assert_eq!(read(">u4", &[0, 0, 1, 0, 0, 0, 0, 7]), [256.0, 7.0]);
        assert_eq!(read("|b1", &[1, 0]), [1.0, 0.0]);
        // Read the other way round they are other numbers.
        assert_ne!(read("<f8", &big([1.5, -2.0])), [1.5, -2.0]);
    }

    #[test]
    fn absurd_claims_are_refused() {
        let claim = |descr: &str, shape: &str| {
            let header =
                format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}");
            fault(&file(&header, &[0; 16]))
        };
        assert_eq!(claim("<f8", "(2,)"), "");
        assert!(claim("<f8", "(3,)").contains("only 16"));
        assert!(claim("<f8", "(1,)").contains("8 bytes and more are there"));
        assert!(claim("<f8", "(1000000, 1000000)").contains("asks for more"));
        assert!(claim("<f8", "(18446744073709551615, 2)").contains("asks for more"));
        for shape in ["(-1,)", "(a,)", "2", "(2,", "[2]", ""] {
            assert!(claim("<f8", shape).contains("tuple of sizes"), "{shape}");
        }
        assert!(claim("|i1", "(1073741824,)").contains("asks for more than 134217728 numbers"));
        for descr in ["|O", "<c16", "<f16", "f8", ">x4", "é", ""] {
            assert!(claim(descr, "(2,)").contains("its type is"), "{descr}");
        }
        assert!(fault(&file("{}", &[])).contains("no entry descr"));
        assert!(fault(b"\x93NUMPY\x09\x00").contains("version 9"));
        assert!(fault(b"\x93NUMPY\x02\x00\xff\xff\xff\xff").contains("claims"));
        assert!(fault(b"PK\x03\x04....").contains("does not begin"));
        assert!(fault(b"\x93NU").contains("cannot be read"));
    }

    #[test]
    fn an_empty_axis_beside_a_huge_one_is_an_error() {
        let header = "{'descr': '<f8', 'fortran_order': False, 'shape': (0, 9223372036854775808)}";
        let array = Npy::read(file(header, &[]).as_slice());
        assert!(array.and_then(Npy::into_matrix).is_err());
    }
}
