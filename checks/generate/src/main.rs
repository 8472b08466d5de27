//! Writes what is made of the operations: `generate` from the root of the repository.

use std::path::Path;
use std::{fs, io};

fn main() -> io::Result<()> {
    let root = Path::new(".");
    for file in generate::files(root)?.iter().filter(|file| !file.is_true()) {
        fs::write(root.join(file.path), &file.wanted)?;
    }
    Ok(())
}
