//! Collects `src/signals/*.rs` into a module list and a registry, so that adding a signal touches one file.

use std::error::Error;
use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = Path::new(&env::var("CARGO_MANIFEST_DIR")?).join("src/signals");
    println!("cargo::rerun-if-changed={}", folder.display());

    let mut names = Vec::new();
    for entry in fs::read_dir(&folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "rs") {
            let stem = path.file_stem().ok_or("a signal's file has no name")?;
            names.push(stem.to_string_lossy().into_owned());
        }
    }
    names.sort();

    let mut code = String::new();
    for name in &names {
        let path = folder.join(format!("{name}.rs"));
        writeln!(code, "#[path = {:?}]\npub(crate) mod {name};", path.display().to_string())?;
    }
    code.push_str("/// Every signal, sorted by name.\npub static REGISTRY: &[&Definition] = &[\n");
    for name in &names {
        writeln!(code, "    &{name}::DEFINITION,")?;
    }
    code.push_str("];\n");
    fs::write(Path::new(&env::var("OUT_DIR")?).join("signals.rs"), code)?;
    Ok(())
}
