// SPDX-License-Identifier: MIT
//! @{name} scores silence, a hop at a time; a sensor's samples belong into `samples`. Given the path
//! of a .lnn file, the program reads that one.
use liquid_audio_nets::{AnomalyDetector, Error};
use lnn_@{project}::@{name};

fn listen() -> Result<(), Error> {
    let mut detector = match std::env::args().nth(1) {
        Some(path) => AnomalyDetector::load(path)?,
        None => AnomalyDetector::from_bytes(@{name}::file())?,
    };
    println!("@{name} listens");
    let samples = vec![0_i16; @{name}::HOP * @{name}::CHANNELS]; // [moment][channel]
    for _ in (0..@{name}::@{tried}).step_by(@{name}::HOP) {
        let heard = detector.push(&samples)?;
        if let Some(heard) = heard.filter(|heard| heard.is_anomaly) {
            let threshold = detector.threshold_q8();
            println!("anomaly, score {}, threshold {} (Q8)", heard.score_q8, threshold);
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
