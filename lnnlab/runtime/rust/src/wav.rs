//! The head of a wav file.
use std::io::Read;

const PCM: u16 = 1;
const EXTENSIBLE: u16 = 0xfffe; // the kind stands 24 bytes into the chunk
const MOST_CHUNK: u32 = 1 << 24; // bytes of what is passed over at a time
const MOST_RATE_HZ: u32 = 768_000;
const UNKNOWN: [u32; 3] = [0xffff_ffff, 0x8000_0000, 0]; // of programs that do not know the end yet

/// What stands before the samples.
#[derive(Debug, PartialEq, Eq)]
pub struct Head {
    pub rate_hz: u32,
    pub bytes: u64, // of samples
    before: u64,    // of the file, in front of them
    to_end: bool,   // their number is not known
}

impl Head {
    /// Refuse a file that is shorter than its head says; `there`: its bytes.
    pub fn check(&self, there: u64) -> Result<(), String> {
        let have = there.saturating_sub(self.before);
        if !self.to_end && have < self.bytes {
            return Err(format!(
                "truncated: {} of {} bytes of samples are there; copy it again",
                have, self.bytes
            ));
        }
        Ok(())
    }
}

/// Read up to the first sample.
pub fn head(reader: &mut impl Read) -> Result<Head, String> {
    let riff: [u8; 12] = take(reader)?;
    if &riff[..4] != b"RIFF" || &riff[8..] != b"WAVE" {
        return Err("no wav file".into());
    }
    let (mut before, mut rate_hz) = (12, 0);
    loop {
        let chunk: [u8; 8] = take(reader)?;
        let size = u32::from_le_bytes([chunk[4], chunk[5], chunk[6], chunk[7]]);
        before += 8;
        if &chunk[..4] == b"data" {
            if rate_hz == 0 {
                return Err("a wav file whose samples come before their format".into());
            }
            if size == 0 && riff[4..8] != [0; 4] {
                return Err(EMPTY.into());
            }
            let to_end = UNKNOWN.contains(&size);
            let bytes = if to_end { u64::MAX } else { size.into() };
            return Ok(Head {
                rate_hz,
                bytes,
                before,
                to_end,
            });
        }
        if size > MOST_CHUNK {
            return Err(format!(
                "a chunk of {} bytes before its samples: no sound wav file",
                size
            ));
        }
        let padded = size + size % 2; // behind the check: u32::MAX has no even one above it
        let mut body = Vec::new();
        let got = reader.by_ref().take(padded.into()).read_to_end(&mut body);
        if got.map_err(|error| error.to_string())? < size as usize {
            return Err(CUT.into());
        }
        before += u64::from(padded);
        if &chunk[..4] == b"fmt " {
            rate_hz = format_of(&body)?;
        }
    }
}

const EMPTY: &str =
    "its head says that it holds no samples: it is empty, or the recording was not \
                     ended; record it again, or give the samples to from_reader";
const CUT: &str = "truncated: the file ends before its samples; copy it again";

fn take<const N: usize>(reader: &mut impl Read) -> Result<[u8; N], String> {
    let mut bytes = [0; N];
    match reader.read_exact(&mut bytes) {
        Ok(()) => Ok(bytes),
        Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => Err(CUT.into()),
        Err(error) => Err(error.to_string()),
    }
}

/// The rate of 16 bits of one channel.
fn format_of(body: &[u8]) -> Result<u32, String> {
    if body.len() < 16 {
        return Err("a wav file whose format is cut off".into());
    }
    let field = |at: usize| {
        body.get(at..at + 2)
            .map_or(0, |pair| u16::from_le_bytes([pair[0], pair[1]]))
    };
    let kind = if field(0) == EXTENSIBLE {
        field(24)
    } else {
        field(0)
    };
    let (channels, bits) = (field(2), field(14));
    if channels != 1 {
        return Err(format!("{} channels; mix them to one", channels));
    }
    if (kind, bits) != (PCM, 16) {
        return Err(format!(
            "{} bits of kind {}; write it as 16-bit PCM",
            bits, kind
        ));
    }
    match u32::from_le_bytes([body[4], body[5], body[6], body[7]]) {
        rate_hz @ 1..=MOST_RATE_HZ => Ok(rate_hz),
        rate_hz => Err(format!("a wav file at {} Hz", rate_hz)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(kind: u16, channels: u16, bits: u16, rate_hz: u32, said: u32) -> Vec<u8> {
        let mut made = b"RIFF\0\0\0\0WAVELIST\x03\0\0\0abc\0fmt \x10\0\0\0".to_vec();
        made.extend(kind.to_le_bytes());
        made.extend(channels.to_le_bytes());
        made.extend(rate_hz.to_le_bytes());
        made.extend([0; 6]);
        made.extend(bits.to_le_bytes());
        made.extend(b"data");
        made.extend(said.to_le_bytes());
        made
    }

    fn read(bytes: &[u8]) -> Result<Head, String> {
        head(&mut std::io::Cursor::new(bytes))
    }

    #[test]
    fn a_sound_file_is_read() {
        let bytes = file(1, 1, 16, 16_000, 640);
        let found = read(&bytes).unwrap();
        assert_eq!(
            found,
            Head {
                rate_hz: 16_000,
                bytes: 640,
                before: 56,
                to_end: false
            }
        );
        assert!(found.check(56 + 640).is_ok());
        assert!(found
            .check(56 + 639)
            .unwrap_err()
            .starts_with("truncated: 639 of 640"));
    }

    #[test]
    fn an_unknown_number_of_samples_goes_to_the_end() {
        for said in UNKNOWN {
            let found = read(&file(1, 1, 16, 8_000, said)).unwrap();
            assert_eq!((found.bytes, found.to_end), (u64::MAX, true));
            assert!(found.check(99).is_ok());
        }
        let mut ended = file(1, 1, 16, 8_000, 0);
        ended[4] = 48; // a head that was completed
        assert!(read(&ended).unwrap_err().contains("holds no samples"));
    }

    #[test]
    fn a_chunk_of_any_size_in_front_is_no_panic() {
        for size in [u32::MAX, u32::MAX - 1, MOST_CHUNK + 1] {
            let mut bytes = b"RIFF\0\0\0\0WAVELIST".to_vec();
            bytes.extend(size.to_le_bytes());
            let why = read(&bytes).unwrap_err();
            assert!(why.starts_with(&format!("a chunk of {} bytes", size)));
        }
    }

    #[test]
    fn what_is_no_mono_16_bits_is_said() {
        assert!(read(&file(1, 2, 16, 16_000, 0))
            .unwrap_err()
            .starts_with("2 channels"));
        assert!(read(&file(3, 1, 32, 16_000, 0))
            .unwrap_err()
            .starts_with("32 bits of kind 3"));
        assert!(read(&file(1, 1, 16, 0, 0)).unwrap_err().contains(" 0 Hz"));
        assert!(read(&file(1, 1, 16, u32::MAX, 0))
            .unwrap_err()
            .contains("4294967295 Hz"));
        assert_eq!(read(b"RIFF\0\0\0\0AVI ").unwrap_err(), "no wav file");
        assert!(read(b"RIFF\0\0\0\0WAVEdata\0\0\0\0")
            .unwrap_err()
            .contains("before their format"));
    }

    #[test]
    fn every_cut_of_a_head_is_an_error() {
        let bytes = file(1, 1, 16, 16_000, 640);
        for length in 0..bytes.len() {
            assert!(read(&bytes[..length]).is_err(), "{}", length);
        }
    }
}
