// SPDX-License-Identifier: MIT
//! @{name} makes silence quieter, in pieces of any length; a microphone's samples belong into
//! `samples`, which then hold what is left of earlier ones. Given the path of a
//! .lnn file, the program reads that one.
use liquid_audio_nets::{Denoiser, Error};
use lnn_@{project}::@{name};

fn listen() -> Result<(), Error> {
    let mut denoiser = match std::env::args().nth(1) {
        Some(path) => Denoiser::load(path)?,
        None => Denoiser::from_bytes(@{name}::file())?,
    };
    println!("@{name} listens");
    println!("{} moments behind", denoiser.latency());
    let mut samples = vec![0_i16; @{name}::HOP]; // of any length
    for _ in (0..@{name}::@{tried}).step_by(@{name}::HOP) {
        denoiser.process(&mut samples);
        // here: give them to what plays or records them
    }
    Ok(())
}

fn main() {
    if let Err(error) = listen() {
        println!("{}", error);
        std::process::exit(1);
    }
}
