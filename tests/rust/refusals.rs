//! What is refused, a line each: MODEL WINDOWS STEREO DAMAGED, and wav files by their names.
use liquid_audio_nets::{
    AdaptiveConfig, Aligned, AudioStream, ComplexityMetric, Error, Frame, Gate,
};
use liquid_audio_nets::{Net, StreamConfig, LNN};
use std::time::Duration;

fn refused<T>(what: &str, answer: Result<T, Error>) {
    let why = answer
        .err()
        .map_or("nothing".into(), |error| error.to_string());
    println!("{}|{}", what, why);
}

fn adaptive(least_ms: u64, most_ms: u64) -> AdaptiveConfig {
    AdaptiveConfig {
        min_timestep: Duration::from_millis(least_ms),
        max_timestep: Duration::from_millis(most_ms),
        complexity_estimator: ComplexityMetric::SpectralFlux,
    }
}

/// What the last frame of a stream tells a model.
fn heard(model: &mut LNN, stream: Result<AudioStream, Error>) -> Result<(), Error> {
    for frame in stream?.frames() {
        model.detect_activity(&frame)?;
    }
    Ok(())
}

fn lent(file: &[u8]) {
    let mut copy = Aligned([0_u8; 1 << 16]);
    copy.0[..file.len()].copy_from_slice(file);
    let file = &copy.0[..file.len()];
    refused(
        "odd address",
        Net::new(&copy.0[1..file.len() + 1], &mut [0; 9999]),
    );
    refused("small arena", Net::new(file, &mut [0; 64]));
    refused("no arena", Net::new(file, &mut []));
    let needed = match Net::new(file, &mut [0; 64]) {
        Err(Error::SmallArena { needed }) => needed as usize,
        _ => 0,
    };
    let mut arena = vec![0; needed / 4];
    let mut net = Net::new(file, &mut arena).unwrap();
    refused("flux arena", net.set_gate(&adaptive(20, 100).into()));
    let energy = ComplexityMetric::Energy;
    let config = AdaptiveConfig {
        complexity_estimator: energy,
        ..adaptive(20, 100)
    };
    refused("energy arena", net.set_gate(&config.into()));
}

fn settings(model: &mut LNN) {
    for (least_ms, most_ms) in [(0, 100), (100, 99), (20, 5_200), (20, 70_000)] {
        refused("adapt", model.set_gate(&adaptive(least_ms, most_ms).into()));
    }
    let gate = Gate::from(adaptive(20, 100));
    refused(
        "adapt",
        model.set_gate(&Gate {
            close: gate.open + 1,
            ..gate
        }),
    );
    refused(
        "adapt",
        model.set_gate(&Gate {
            hangover: Duration::from_secs(99),
            ..gate
        }),
    );
    let config = StreamConfig::default();
    refused(
        "stream",
        model.set_streaming(&StreamConfig {
            smoothing_shift: 9,
            ..config
        }),
    );
    refused(
        "stream",
        model.set_streaming(&StreamConfig {
            threshold_q15: 0,
            ..config
        }),
    );
    model.set_adaptive_config(adaptive(100, 99));
    refused(
        "told later",
        model.detect_activity(&[0_i16; 320]).map(|_| ()),
    );
    model.set_adaptive_config(adaptive(20, 100));
    refused(
        "then well",
        model.detect_activity(&[0_i16; 320]).map(|_| ()),
    );
}

fn main() {
    let given: Vec<String> = std::env::args().collect();
    let file = std::fs::read(&given[1]).unwrap();
    let mut model = LNN::load(&given[1]).unwrap();
    refused("missing", LNN::load("missing.lnn"));
    refused("folder", LNN::load("."));
    refused("damaged", LNN::load(&given[4]));
    refused("nothing", LNN::from_bytes(&[]));
    refused("cut", LNN::from_bytes(&file[..file.len() - 8]));
    let odd: Vec<u8> = [&[0], &file[..]].concat();
    refused("at an odd address", LNN::from_bytes(&odd[1..]));
    lent(&file);
    settings(&mut model);
    let mut windows = LNN::load(&given[2]).unwrap();
    refused(
        "windows stream",
        windows.set_streaming(&StreamConfig::default()),
    );
    refused("windows adapt", windows.set_gate(&adaptive(20, 100).into()));
    windows.set_adaptive_config(adaptive(20, 100));
    refused(
        "windows adapt",
        windows.detect_activity(&[0_i16; 7]).map(|_| ()),
    );
    let mut stereo = LNN::load(&given[3]).unwrap();
    refused(
        "half a moment",
        stereo.detect_activity(&[0_i16; 5]).map(|_| ()),
    );
    let frames = |rate_hz| {
        Ok(AudioStream::from_reader(
            std::io::Cursor::new(vec![0; 4_000]),
            rate_hz,
        ))
    };
    let rate_hz = stereo.rate_hz();
    refused("one channel", heard(&mut stereo, frames(rate_hz)));
    refused("rate", heard(&mut model, frames(44_100)));
    refused("right rate", heard(&mut model, frames(16_000)));
    refused("no costs", model.current_power_mw().mw());
    refused("microphone", AudioStream::from_mic(16_000));
    refused("microphone rate", AudioStream::from_mic(0));
    refused("device", AudioStream::from_device("no\0name", 16_000));
    for path in &given[5..] {
        refused(path, heard(&mut model, AudioStream::from_wav(path)));
    }
    let frame: Option<Frame> = AudioStream::from_reader(std::io::empty(), 16_000)
        .frames()
        .next();
    refused(
        "no sound",
        frame.map_or(Ok(()), |_| Err(Error::CannotStream)),
    );
}
