//! A stream in buffers of any length: MODEL SAMPLES BUFFER owned|lent file|energy|flux|config|windows.
//! Writes a row for each decision as the callback tells it, and one for each call in which any ended.
use liquid_audio_nets::{AdaptiveConfig, Aligned, ComplexityMetric, Decision, Gate, Net};
use liquid_audio_nets::{StreamConfig, LNN};
use std::time::Duration;

fn row(what: &str, heard: usize, now: &Decision) {
    println!(
        "{} {} {} {} {} {} {:.9} {}",
        what,
        heard,
        now.label,
        now.confidence_q15,
        now.detected as u8,
        now.timestep,
        now.confidence(),
        now.keyword
    );
}

fn gate(how: &str) -> Option<Gate> {
    let complexity_estimator = match how {
        "energy" => ComplexityMetric::Energy,
        "flux" => ComplexityMetric::SpectralFlux,
        _ => return None,
    };
    let config = AdaptiveConfig {
        min_timestep: Duration::from_millis(1),
        max_timestep: Duration::from_millis(100),
        complexity_estimator,
    };
    Some(config.into())
}

const STREAM: StreamConfig = StreamConfig {
    smoothing_shift: 1,
    refractory: 3,
    threshold_q15: 8192,
};

fn owned(file: &[u8], how: &str) -> LNN {
    let mut model = LNN::from_bytes(file).unwrap();
    match (how, gate(how)) {
        (_, Some(gate)) => model.set_gate(&gate).unwrap(),
        ("config", _) => model.set_streaming(&STREAM).unwrap(),
        ("windows", _) => model.set_windows(),
        _ => {}
    }
    model
}

/// A row where it begins or ends that a keyword is heard.
fn speech(heard: usize, is_speech: bool, before: &mut bool) {
    if is_speech != *before {
        println!("speech {} {}", heard, is_speech as u8);
        *before = is_speech;
    }
}

/// A model that moves on the way, to another thread too.
fn listen(mut model: LNN, samples: &[i16], length: usize) {
    let (mut heard, mut before) = (0, false);
    for buffer in samples.chunks(length) {
        let second = heard / 16_000;
        heard += buffer.len();
        let said = model
            .detect_each(buffer, |now| row("each", heard, now))
            .unwrap();
        let is_speech = said.is_speech;
        if let Some(now) = said.decision {
            row("call", heard, &now);
            assert_eq!(model.logits().len(), model.classes() as usize);
        }
        assert!(model.last().is_some() || !is_speech && model.logits().is_empty());
        speech(heard, is_speech, &mut before);
        if heard / 16_000 > second {
            model = std::thread::spawn(move || *Box::new(model)).join().unwrap();
        }
    }
    let used = model.usage();
    println!("usage {} {} {}", used.heard, used.computed, used.long);
    println!("power {:.6}", model.current_power_mw());
}

fn lent(file: &[u8], how: &str, samples: &[i16], length: usize) {
    let mut copy = Aligned([0_u8; 1 << 16]);
    copy.0[..file.len()].copy_from_slice(file);
    let mut arena = vec![0x5a5a_5a5a; Net::arena_bytes(file).unwrap() as usize / 4];
    let mut net = Net::new(&copy.0[..file.len()], &mut arena).unwrap();
    match (how, gate(how)) {
        (_, Some(gate)) => net.set_gate(&gate).unwrap(),
        ("config", _) => net.set_streaming(&STREAM).unwrap(),
        ("windows", _) => net.set_windows(),
        _ => {}
    }
    let (mut heard, mut before) = (0, false);
    for buffer in samples.chunks(length) {
        heard += buffer.len();
        let told = net
            .push_each(buffer, |now| row("each", heard, now))
            .unwrap();
        if let Some(now) = told {
            row("call", heard, &now);
        }
        speech(heard, net.hears(), &mut before);
    }
    let used = net.usage();
    println!("usage {} {} {}", used.heard, used.computed, used.long);
    println!("power {:.6}", net.power(&used));
}

fn main() {
    let given: Vec<String> = std::env::args().collect();
    let file = std::fs::read(&given[1]).unwrap();
    let bytes = std::fs::read(&given[2]).unwrap();
    let samples: Vec<i16> = bytes
        .chunks_exact(2)
        .map(|pair| i16::from_le_bytes([pair[0], pair[1]]))
        .collect();
    let length = given[3].parse().unwrap();
    match given[4].as_str() {
        "owned" => listen(owned(&file, &given[5]), &samples, length),
        _ => lent(&file, &given[5], &samples, length),
    }
}
