// SPDX-License-Identifier: MIT
//! @{name} hears silence, a hop at a time; a sensor's samples belong into `samples`. Given the path of a
//! .lnn file, the program reads that one.
use liquid_audio_nets::{Error, LNN};
use lnn_@{project}::@{name};

fn listen() -> Result<(), Error> {
    let mut model = match std::env::args().nth(1) {
        Some(path) => LNN::load(path)?,
        None => LNN::from_bytes(@{name}::file())?,
    };
@{rust_settings}    println!("@{name} listens");
    let samples = vec![0_i16; @{name}::HOP * @{name}::CHANNELS]; // [moment][channel]
    for _ in (0..@{name}::@{tried}).step_by(@{name}::HOP) {
        let said = model.detect_activity(&samples)?.decision;
        if let Some(now) = said@{rust_asks} {
            let percent = 100 * i32::from(now.confidence_q15) / 32768;
            println!("{}\n{} %", now.keyword, percent);
        }
    }
    Ok(())
}

fn main() {
    if let Err(error) = listen() {
        println!("{}", error);
        std::process::exit(1);
    }
}
