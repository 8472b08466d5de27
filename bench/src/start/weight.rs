//! What a program weighs: its bytes, and those of the zip that is uploaded.

use flate2::Compression;
use flate2::write::DeflateEncoder;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::problem::Problem;

/// What a zip has for each file beside its name, twice, and its content; and once at its end.
const HEADERS: usize = 30 + 46;
const END: usize = 22;

/// Every file of a folder, by its name in the zip.
pub fn files(folder: &Path) -> Result<Vec<(String, PathBuf)>, Problem> {
    let (mut files, mut folders) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                files.push((path.strip_prefix(folder)?.to_string_lossy().into_owned(), path));
            }
        }
    }
    Ok(files)
}

/// Bytes, and zipped bytes.
pub fn weigh(files: &[(String, PathBuf)]) -> Result<(u64, u64), Problem> {
    let (mut bytes, mut zip) = (0, END);
    for (name, file) in files {
        let content = std::fs::read(file)?;
        bytes += content.len();
        zip += HEADERS + 2 * name.len() + deflated(&content)?;
    }
    Ok((u64::try_from(bytes)?, u64::try_from(zip)?))
}

fn deflated(content: &[u8]) -> io::Result<usize> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(content)?;
    Ok(encoder.finish()?.len())
}
