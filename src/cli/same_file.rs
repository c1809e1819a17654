//! Whether two paths are one.

use std::path::Path;

/// Whether two paths lead to one file or folder that is there.
pub fn same_file(x: &Path, y: &Path) -> bool {
    match (x.canonicalize(), y.canonicalize()) {
        (Ok(x), Ok(y)) => x == y,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_file_by_two_names() {
        assert!(same_file(
            Path::new("src/cli"),
            Path::new("src/../src/cli/")
        ));
        assert!(!same_file(Path::new("src/cli"), Path::new("src")));
        assert!(!same_file(Path::new("nowhere"), Path::new("nowhere")));
    }
}
