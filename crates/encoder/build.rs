//! Says whether this compiler knows the intrinsics of AVX-512, which are newer than the oldest one that the workspace promises to build with.

use std::env;
use std::process::Command;

/// The first compiler that has them: Rust 1.89.
const FIRST_MINOR: u32 = 89;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-check-cfg=cfg(avx512)");
    let is_x86 = env::var("CARGO_CFG_TARGET_ARCH").is_ok_and(|architecture| architecture == "x86_64");
    if is_x86 && minor_version().is_some_and(|minor| minor >= FIRST_MINOR) {
        println!("cargo::rustc-cfg=avx512");
    }
}

/// 89 of "rustc 1.89.0 (…)".
fn minor_version() -> Option<u32> {
    let said = Command::new(env::var_os("RUSTC")?).arg("--version").output().ok()?.stdout;
    String::from_utf8(said).ok()?.split('.').nth(1)?.parse().ok()
}
