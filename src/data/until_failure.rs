//! A writer that stays silent after its first error.

use std::io::{self, ErrorKind, Seek, SeekFrom, Write};

/// Passes everything on to another writer until that writer reports an error. After this, nothing is passed on: what is
/// written is dropped without an error, and every position is the furthest one that was reached.
///
/// `ZipWriter` needs this. When it is dropped after an error, it writes the end of the archive once more. On a full disk this
/// would print a second message, and with debug assertions it would panic at a position that lies before the entry.
#[derive(Debug)]
pub(super) struct UntilFailure<W> {
    inner: W,
    furthest: u64,
    failure: Option<ErrorKind>,
}

impl<W: Write + Seek> UntilFailure<W> {
    pub(super) fn new(inner: W) -> Self {
        Self {
            inner,
            furthest: 0,
            failure: None,
        }
    }

    /// The writer.
    ///
    /// # Errors
    /// It has failed before, so that what was written is not whole.
    pub(super) fn into_inner(self) -> io::Result<W> {
        match self.failure {
            None => Ok(self.inner),
            Some(kind) => Err(kind.into()),
        }
    }

    /// Does `step`, unless something failed before: then `instead` is the result.
    fn pass<T>(&mut self, instead: T, step: impl FnOnce(&mut W) -> io::Result<T>) -> io::Result<T> {
        if self.failure.is_some() {
            return Ok(instead);
        }
        let result = step(&mut self.inner);
        if let Err(error) = &result
            && error.kind() != ErrorKind::Interrupted
        {
            self.failure = Some(error.kind());
        }
        result
    }
}

impl<W: Write + Seek> Write for UntilFailure<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.pass(bytes.len(), |inner| inner.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.pass((), W::flush)
    }
}

impl<W: Write + Seek> Seek for UntilFailure<W> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let position = self.pass(self.furthest, |inner| inner.seek(to))?;
        self.furthest = self.furthest.max(position);
        Ok(position)
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::io::Cursor;
    use std::rc::Rc;

    use super::*;
    use crate::data::NpzWriter;

    /// A file in memory on a disk that is full from one step on.
    struct Filling {
        file: Cursor<Vec<u8>>,
        full_at: u32,
        steps: Rc<Cell<u32>>,
    }

    impl Filling {
        fn step(&self) -> io::Result<()> {
            self.steps.set(self.steps.get() + 1);
            match self.steps.get() < self.full_at {
                true => Ok(()),
                false => Err(ErrorKind::StorageFull.into()),
            }
        }
    }

    impl Write for Filling {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.step()?;
            self.file.write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            self.step()
        }
    }

    impl Seek for Filling {
        fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
            self.file.seek(to)
        }
    }

    /// Writes an archive of two arrays, and gives how many steps that took.
    fn archive(full_at: u32) -> (zip::result::ZipResult<Vec<u8>>, u32) {
        let steps = Rc::new(Cell::new(0));
        let written = || {
            let mut npz = NpzWriter::new(Filling {
                file: Cursor::new(Vec::new()),
                full_at,
                steps: Rc::clone(&steps),
            });
            npz.add("first", &[2], &[1.0, 2.0])?;
            npz.add_whole("second", &[3])?;
            Ok(npz.finish()?.file.into_inner())
        };
        (written(), steps.get())
    }

    #[test]
    fn an_archive_is_given_up_at_the_first_step_that_fails() {
        let (whole, n_steps) = archive(u32::MAX);
        assert!(n_steps > 10 && whole.is_ok());
        for full_at in 1..=n_steps {
            let (cut, steps) = archive(full_at);
            let error = io::Error::from(cut.expect_err("the disk was full"));
            assert_eq!(error.kind(), ErrorKind::StorageFull, "{full_at}");
            assert_eq!(steps, full_at, "nothing is written after an error");
        }
        assert!(archive(n_steps + 1).0.is_ok());
    }

    #[test]
    fn what_failed_is_not_handed_out() {
        let steps = Rc::new(Cell::new(0));
        let file = Cursor::new(Vec::new());
        let mut writer = UntilFailure::new(Filling {
            file,
            full_at: 2,
            steps,
        });
        assert!(writer.write_all(b"a").is_ok() && writer.write_all(b"b").is_err());
        assert!(writer.write_all(b"c").is_ok());
        let kind = writer.into_inner().map(|_| ()).map_err(|e| e.kind());
        assert_eq!(kind, Err(ErrorKind::StorageFull));
    }
}
