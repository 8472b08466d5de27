//! People at the console, in a real browser.

mod administers;
mod decides;
mod looks;
