//! What denoisers and detectors refuse, a line each: GAINS SCORE CLASSES STEREO OWN, the last two scores, of
//! two channels and with calibration.
use liquid_audio_nets::{AnomalyDetector, AnomalyNet, AudioStream, Denoiser, DenoiserNet, Error};

fn refused<T>(what: &str, answer: Result<T, Error>) {
    let why = answer
        .err()
        .map_or("nothing".into(), |error| error.to_string());
    println!("{}|{}", what, why);
}

/// The first frame of silence at a rate.
fn frame(rate_hz: u32) -> liquid_audio_nets::Frame {
    let silence = std::io::Cursor::new(vec![0; 4_000]);
    AudioStream::from_reader(silence, rate_hz)
        .frames()
        .next()
        .unwrap()
}

fn aligned(file: &[u8]) -> Vec<u64> {
    let mut words = vec![0; file.len() / 8 + 1];
    for (word, part) in words.iter_mut().zip(file.chunks(8)) {
        let mut whole = [0; 8];
        whole[..part.len()].copy_from_slice(part);
        *word = u64::from_ne_bytes(whole);
    }
    words
}

fn lent(path: &str, what: &str) {
    let file = std::fs::read(path).unwrap();
    let words = aligned(&file);
    // SAFETY: the words hold at least so many bytes.
    let file = unsafe { core::slice::from_raw_parts(words.as_ptr().cast::<u8>(), file.len()) };
    refused(
        &format!("{} in a small arena as gains", what),
        DenoiserNet::new(file, &mut [0; 16]),
    );
    refused(
        &format!("{} in a small arena as score", what),
        AnomalyNet::new(file, &mut [0; 16]),
    );
    refused(
        &format!("{} as gains", what),
        DenoiserNet::new(file, &mut [0; 20_000]),
    );
    refused(
        &format!("{} as score", what),
        AnomalyNet::new(file, &mut [0; 20_000]),
    );
}

/// A machine is learned, kept, put back into another detector, and learned anew.
fn learned(path: &str) {
    let mut one = AnomalyDetector::load(path).unwrap();
    let mut other = AnomalyDetector::load(path).unwrap();
    let frames = one.calibrating();
    let count = 40_000 * one.channels() as usize;
    let noise: Vec<i16> = (0..count).map(|k| (k * k % 7919) as i16).collect();
    assert!(frames > 0 && one.baseline().is_none());
    one.push(&noise).unwrap();
    assert_eq!(one.calibrating(), 0);
    let kept = one.baseline().unwrap().to_vec();
    one.reset();
    let wanted = one.push(&noise);
    refused("short baseline", other.set_baseline(&kept[1..]));
    let mut wide = kept.clone();
    wide[0] = 32768;
    refused("wide baseline", other.set_baseline(&wide));
    assert_eq!(other.calibrating(), frames);
    other.set_baseline(&kept).unwrap();
    assert_eq!(other.baseline(), Some(&kept[..]));
    assert!(wanted == other.push(&noise) && wanted.unwrap().is_some());
    other.recalibrate();
    assert!(other.calibrating() == frames && other.baseline().is_none());
}

fn main() {
    let given: Vec<String> = std::env::args().collect();
    refused("missing", Denoiser::load("missing.lnn"));
    refused("score owned as gains", Denoiser::load(&given[2]));
    refused("gains owned as score", AnomalyDetector::load(&given[1]));
    refused("nothing", AnomalyDetector::from_bytes(&[]));
    for (what, path) in [("gains", 1), ("score", 2), ("classes", 3)] {
        lent(&given[path], what);
    }
    let mut denoiser = Denoiser::load(&given[1]).unwrap();
    let (mut out, hop) = ([0; 999], denoiser.hop() as usize);
    let heard = frame(44_100);
    let length = heard.len();
    refused("rate", denoiser.process_to(&heard, &mut out[..length]));
    let heard = frame(16_000);
    let length = heard.len();
    refused(
        "right rate",
        denoiser.process_to(&heard, &mut out[..length]),
    );
    refused("length", denoiser.process_to(&heard, &mut out));
    refused("hop", denoiser.process_hop(&[0; 3], &mut out[..hop]));
    refused(
        "hop out",
        denoiser.process_hop(&vec![0; hop], &mut out[..hop - 1]),
    );
    refused("depth", denoiser.set_depth_q15(32769));
    refused("whole", denoiser.set_depth_q15(32768));
    let mut stereo = AnomalyDetector::load(&given[4]).unwrap();
    learned(&given[5]);
    refused(
        "baseline without calibration",
        stereo.set_baseline(&[0; 99]),
    );
    refused("half a moment", stereo.push(&[0_i16; 5]));
    refused("one channel", stereo.push(&frame(stereo.rate_hz())));
    let noise: Vec<i16> = (0..20_000).map(|k| (k * k % 7919) as i16).collect();
    let first = stereo.push(&noise).unwrap();
    stereo.reset();
    assert!(first.is_some() && stereo.score_q8() == 0 && stereo.push(&noise) == Ok(first));
}
