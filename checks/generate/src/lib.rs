//! What is made of the operations that the functions declare: the API's document, the events of `template.yaml`, the table of the API's
//! page. `make generate` writes it; a test refuses a difference.

mod between;
mod document;
mod functions;
mod ordered;
mod pages;
mod template;

pub use functions::operations;

use std::path::Path;
use std::{fs, io};

/// A file, as it is and as the operations would have it.
#[derive(Debug)]
pub struct File {
    /// Where it is, from the root.
    pub path: &'static str,
    /// As it is.
    pub is: String,
    /// As it is to be.
    pub wanted: String,
}

impl File {
    /// Whether it is as the operations would have it.
    pub fn is_true(&self) -> bool {
        self.is == self.wanted
    }

    /// What is wrong with a file that is not, and what to do.
    pub fn told(&self) -> String {
        format!("{} differs from the operations; run make generate", self.path)
    }
}

/// Every file that has something of the operations.
///
/// # Errors
/// A file cannot be read, or has lost the marks between which it is written.
pub fn files(root: &Path) -> io::Result<Vec<File>> {
    let made = |path: &'static str, make: fn(&str) -> io::Result<String>| -> io::Result<File> {
        let is = fs::read_to_string(root.join(path))?;
        Ok(File { path, wanted: make(&is)?, is })
    };
    Ok(vec![
        made(document::PATH, |_| document::text())?,
        made(template::PATH, template::with_events)?,
        made(pages::PATH, pages::with_table)?,
    ])
}
