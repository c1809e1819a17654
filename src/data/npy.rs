//! One array in numpy's `.npy` format, read without trusting what it claims.
//!
//! A general reader allocates what the header asks for; here nothing is
//! allocated that the file does not hold.

use ndarray::{Array2, ShapeBuilder};
use std::io::Read;

/// The largest array accepted, in bytes.
const MAX_BYTES: usize = 1 << 30;
/// The longest header accepted, in bytes; numpy's own are 64 to 192.
const MAX_HEADER: usize = 1 << 16;

/// An array's values as f64 and its shape. Errors are sentences for the caller to place.
pub(super) struct Npy {
    shape: Vec<usize>,
    fortran: bool,
    values: Vec<f64>,
}

impl Npy {
    /// Reads one array: little-endian f64, f32 or whole numbers of 1 to 8 bytes, format version 1 to 3.
    pub(super) fn read(mut reader: impl Read) -> Result<Self, String> {
        let header = read_header(&mut reader)?;
        let descr = entry(&header, "descr")?;
        let descr = descr.trim_start_matches('\'').split('\'').next();
        let fortran = entry(&header, "fortran_order")?.starts_with("True");
        let shape = shape(entry(&header, "shape")?)?;
        let values = match descr {
            Some("<f8") => elements(reader, &shape, f64::from_le_bytes),
            Some("<f4") => elements(reader, &shape, |b| f64::from(f32::from_le_bytes(b))),
            Some("<i8") => elements(reader, &shape, |b| i64::from_le_bytes(b) as f64),
            Some("<i4") => elements(reader, &shape, |b| f64::from(i32::from_le_bytes(b))),
            Some("<i2") => elements(reader, &shape, |b| f64::from(i16::from_le_bytes(b))),
            Some("|i1") => elements(reader, &shape, |b| f64::from(i8::from_le_bytes(b))),
            Some("<u8") => elements(reader, &shape, |b| u64::from_le_bytes(b) as f64),
            Some("<u4") => elements(reader, &shape, |b| f64::from(u32::from_le_bytes(b))),
            Some("<u2") => elements(reader, &shape, |b| f64::from(u16::from_le_bytes(b))),
            Some("|u1") => elements(reader, &shape, |[b]: [u8; 1]| f64::from(b)),
            other => {
                let other = other.unwrap_or_default();
                return Err(format!(
                    "its type is {other:?}; save it as float64, float32 or whole numbers"
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

fn elements<const N: usize>(
    reader: impl Read,
    shape: &[usize],
    convert: fn([u8; N]) -> f64,
) -> Result<Vec<f64>, String> {
    let expected = shape
        .iter()
        .try_fold(N, |bytes, &size| bytes.checked_mul(size))
        .filter(|&bytes| bytes <= MAX_BYTES)
        .ok_or_else(|| format!("its shape {shape:?} asks for more than {MAX_BYTES} bytes"))?;
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
    Ok(chunks.iter().map(|&chunk| convert(chunk)).collect())
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
        for descr in [">f8", "|O", "<c16", ""] {
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
