//! Sound made quieter, or scored, in buffers of any length: quiet|score owned|lent MODEL SAMPLES BUFFER,
//! and for quiet a depth in Q15, `own`, or `hops`. Writes samples, or a row for each frame as the callback
//! tells it and one for each call in which any ended.
use liquid_audio_nets::{AnomalyDetector, AnomalyNet, Denoiser, DenoiserNet, Scored};
use std::io::Write;

/// A file's bytes at a multiple of 8, in room that is lent.
fn aligned<'r>(file: &[u8], room: &'r mut Vec<u64>) -> &'r [u8] {
    room.resize(file.len() / 8 + 1, 0);
    // SAFETY: the words hold at least so many bytes, and stay as long as the room is lent.
    let bytes =
        unsafe { core::slice::from_raw_parts_mut(room.as_mut_ptr().cast::<u8>(), 8 * room.len()) };
    bytes[..file.len()].copy_from_slice(file);
    &bytes[..file.len()]
}

fn quiet(way: &str, file: &[u8], samples: &mut [i16], length: usize, how: &str) {
    let mut arena = vec![0x5a5a_5a5a; DenoiserNet::arena_bytes(file).unwrap() as usize / 4];
    let mut room = Vec::new();
    let mut lent = DenoiserNet::new(aligned(file, &mut room), &mut arena).unwrap();
    let mut owned = Denoiser::from_bytes(file).unwrap();
    assert_eq!((lent.latency(), lent.hop()), (owned.latency(), owned.hop()));
    assert_eq!(lent.latency(), 2 * lent.hop());
    if let Ok(depth_q15) = how.parse() {
        lent.set_depth_q15(depth_q15).unwrap();
        owned.set_depth_q15(depth_q15).unwrap();
    }
    for (call, buffer) in samples.chunks_mut(length).enumerate() {
        let heard = buffer.to_vec();
        match (way, how, call % 2) {
            ("owned", "hops", _) => owned.process_hop(&heard, buffer).unwrap(),
            ("owned", _, 0) => owned.process(buffer),
            ("owned", _, _) => owned.process_to(&heard, buffer).unwrap(),
            (_, "hops", _) => lent.process_hop(&heard, buffer).unwrap(),
            (_, _, 0) => lent.process(buffer),
            _ => lent.process_to(&heard, buffer).unwrap(),
        }
        if call == 9 {
            owned = std::thread::spawn(move || *Box::new(owned)).join().unwrap();
        }
    }
    let bytes: Vec<u8> = samples.iter().flat_map(|each| each.to_le_bytes()).collect();
    std::io::stdout().write_all(&bytes).unwrap();
}

fn row(what: &str, now: &Scored) {
    println!(
        "{} {} {} {} {:.9}",
        what,
        now.is_anomaly as u8,
        now.score_q8,
        now.frames,
        now.score()
    );
}

fn score(way: &str, file: &[u8], samples: &[i16], length: usize) {
    let mut arena = vec![0x5a5a_5a5a; AnomalyNet::arena_bytes(file).unwrap() as usize / 4];
    let mut room = Vec::new();
    let mut lent = AnomalyNet::new(aligned(file, &mut room), &mut arena).unwrap();
    let mut owned = AnomalyDetector::from_bytes(file).unwrap();
    assert_eq!(owned.threshold_q8(), lent.threshold_q8());
    println!("threshold {}", lent.threshold_q8());
    for (call, buffer) in samples.chunks(length).enumerate() {
        let told = match way {
            "owned" => owned.push_each(buffer, |now| row("each", now)).unwrap(),
            _ => lent.push_each(buffer, |now| row("each", now)).unwrap(),
        };
        if let Some(now) = told {
            row("call", &now);
            let newest = match way {
                "owned" => (owned.is_anomaly(), owned.score_q8()),
                _ => (lent.is_anomaly(), lent.score_q8()),
            };
            assert!(now.frames > 1 || newest == (now.is_anomaly, now.score_q8));
        }
        if call == 9 {
            owned = std::thread::spawn(move || *Box::new(owned)).join().unwrap();
        }
    }
}

fn main() {
    let given: Vec<String> = std::env::args().collect();
    let file = std::fs::read(&given[3]).unwrap();
    let bytes = std::fs::read(&given[4]).unwrap();
    let mut samples: Vec<i16> = bytes
        .chunks_exact(2)
        .map(|pair| i16::from_le_bytes([pair[0], pair[1]]))
        .collect();
    let length = given[5].parse().unwrap();
    match given[1].as_str() {
        "quiet" => quiet(&given[2], &file, &mut samples, length, &given[6]),
        _ => score(&given[2], &file, &samples, length),
    }
}
