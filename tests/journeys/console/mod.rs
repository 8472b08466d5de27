//! People at the console, in a real browser.

mod decides;
mod looks;
