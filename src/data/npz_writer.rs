//! Writing numpy's `.npz` archive: one stored `.npy` array after another.

use std::io::{Read, Seek, Write};

use zip::result::ZipResult;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::until_failure::UntilFailure;

/// What an array's header is padded to, as numpy does so that values can be mapped into memory.
const ALIGNMENT: usize = 64;
/// From here on an archive's entry needs the long form of its size.
const LARGE: u64 = u32::MAX as u64;

/// An archive in the making.
#[derive(Debug)]
pub(crate) struct NpzWriter<W: Write + Seek> {
    zip: ZipWriter<UntilFailure<W>>,
}

impl<W: Write + Seek> NpzWriter<W> {
    pub(crate) fn new(to: W) -> Self {
        Self {
            zip: ZipWriter::new(UntilFailure::new(to)),
        }
    }

    /// Adds an array of f64, row by row.
    pub(crate) fn add(&mut self, name: &str, shape: &[usize], values: &[f64]) -> ZipResult<()> {
        self.start(name, "<f8", shape, size_of_val(values) as u64)?;
        for value in values {
            self.zip.write_all(&value.to_le_bytes())?;
        }
        Ok(())
    }

    /// Adds an array of values of up to 8 bytes that come from elsewhere, row by row; `kind` is numpy's name of their type,
    /// e.g. `<u4`.
    pub(crate) fn add_from(
        &mut self,
        name: &str,
        kind: &str,
        shape: &[usize],
        bytes: &mut impl Read,
    ) -> ZipResult<()> {
        let values: u64 = shape.iter().map(|&size| size as u64).product();
        self.start(name, kind, shape, 8 * values)?;
        std::io::copy(bytes, &mut self.zip)?;
        Ok(())
    }

    /// Adds a vector of whole numbers of 8 bytes.
    pub(crate) fn add_whole(&mut self, name: &str, values: &[i64]) -> ZipResult<()> {
        let bytes = values.iter().flat_map(|value| value.to_le_bytes());
        let bytes: Vec<u8> = bytes.collect();
        self.add_from(name, "<i8", &[values.len()], &mut bytes.as_slice())
    }

    /// Adds a vector of texts, as numpy has them: of one width, four bytes a character, padded with zeros.
    pub(crate) fn add_texts(&mut self, name: &str, texts: &[String]) -> ZipResult<()> {
        let width = texts.iter().map(|text| text.chars().count()).max();
        let width = width.unwrap_or(0).max(1);
        let mut bytes = Vec::with_capacity(4 * width * texts.len());
        for text in texts {
            let padded = text.chars().map(u32::from).chain(std::iter::repeat(0));
            bytes.extend(padded.take(width).flat_map(u32::to_le_bytes));
        }
        let kind = format!("<U{width}");
        self.start(name, &kind, &[texts.len()], bytes.len() as u64)?;
        Ok(self.zip.write_all(&bytes)?)
    }

    fn start(&mut self, name: &str, kind: &str, shape: &[usize], bytes: u64) -> ZipResult<()> {
        let header = header(kind, shape);
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Stored)
            .large_file(header.len() as u64 + bytes >= LARGE);
        self.zip.start_file(format!("{name}.npy"), options)?;
        self.zip.write_all(&header)?;
        Ok(())
    }

    /// What was written to.
    pub(crate) fn finish(self) -> ZipResult<W> {
        Ok(self.zip.finish()?.into_inner()?)
    }
}

/// The start of a `.npy` file, version 1: magic, length, then a Python dictionary and spaces.
fn header(kind: &str, shape: &[usize]) -> Vec<u8> {
    // A tuple of one keeps its comma.
    let sizes: Vec<String> = shape.iter().map(|size| format!("{size},")).collect();
    let dictionary = format!(
        "{{'descr': '{kind}', 'fortran_order': False, 'shape': ({}), }}",
        sizes.join(" ")
    );
    const START: usize = 10;
    let end = (START + dictionary.len() + 1).next_multiple_of(ALIGNMENT);
    let length = (end - START) as u16;
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend(length.to_le_bytes());
    bytes.extend(dictionary.bytes());
    bytes.resize(end - 1, b' ');
    bytes.push(b'\n');
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    use ndarray::{Array1, Array2};
    use ndarray_npy::NpzReader;

    #[test]
    fn another_reader_reads_it() -> Result<(), Box<dyn std::error::Error>> {
        let mut writer = NpzWriter::new(Cursor::new(Vec::new()));
        writer.add("m->n", &[2, 3], &[1.0, 2.0, 3.0, 4.0, 5.0, f64::INFINITY])?;
        writer.add("v", &[2], &[0.1, -0.0])?;
        writer.add("none", &[0, 4], &[])?;
        let mut reader = NpzReader::new(writer.finish()?)?;
        let matrix: Array2<f64> = reader.by_name("m->n")?;
        assert_eq!(matrix.shape(), [2, 3]);
        assert_eq!(matrix[[1, 0]], 4.0);
        assert_eq!(matrix[[1, 2]], f64::INFINITY);
        let vector: Array1<f64> = reader.by_name("v")?;
        assert_eq!(vector.len(), 2);
        assert_eq!(vector[0].to_bits(), 0.1_f64.to_bits());
        assert_eq!(vector[1].to_bits(), (-0.0_f64).to_bits());
        // As numpy lays them out.
        let mut writer = NpzWriter::new(Cursor::new(Vec::new()));
        writer.add_texts("names", &["a".to_owned(), "bé".to_owned()])?;
        let bytes = writer.finish()?.into_inner();
        let has = |part: &[u8]| bytes.windows(part.len()).any(|window| window == part);
        assert!(has(b"'descr': '<U2'") && has(b"'shape': (2,)"));
        assert!(has(b"a\0\0\0\0\0\0\0b\0\0\0\xe9\0\0\0"));
        let none: Array2<f64> = reader.by_name("none")?;
        assert_eq!(none.shape(), [0, 4]);
        Ok(())
    }

    #[test]
    fn whole_numbers_and_texts_are_as_numpy_writes_them() -> Result<(), Box<dyn std::error::Error>>
    {
        use std::io::Read;
        let mut writer = NpzWriter::new(Cursor::new(Vec::new()));
        writer.add_whole("w", &[-1, 1 << 40])?;
        writer.add_texts("t", &["ab".to_owned(), "é".to_owned()])?;
        let file = writer.finish()?;
        let mut reader = NpzReader::new(file.clone())?;
        let whole: Array1<i64> = reader.by_name("w")?;
        assert_eq!(whole.to_vec(), [-1, 1 << 40]);
        let mut bytes = Vec::new();
        let mut zip = zip::ZipArchive::new(file)?;
        zip.by_name("t.npy")?.read_to_end(&mut bytes)?;
        let (header, texts) = bytes.split_at(bytes.len() - 16);
        let header = String::from_utf8_lossy(header);
        assert!(header.contains("'descr': '<U2'") && header.contains("'shape': (2,)"));
        let letters: Vec<u32> = texts
            .as_chunks()
            .0
            .iter()
            .map(|&c| u32::from_le_bytes(c))
            .collect();
        assert_eq!(letters, [u32::from('a'), u32::from('b'), u32::from('é'), 0]);
        Ok(())
    }

    #[test]
    fn values_begin_where_they_can_be_mapped() {
        for shape in [&[3][..], &[usize::MAX, usize::MAX], &[]] {
            assert_eq!(header("<f8", shape).len() % ALIGNMENT, 0);
        }
    }
}
