//! Sound as frames: from a microphone, a wav file, or anything that can be read.
use crate::{wav, Error, Sound};
use std::fs::File;
use std::io::{BufReader, Read};
use std::ops::Deref;
use std::path::Path;

const FRAMES_A_SECOND: u32 = 50;

/// 20 ms of one channel's samples, int16; of the last frame less, or what went wrong with the source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    samples: Vec<i16>,
    rate_hz: u32,
    error: Option<Error>,
}

impl Deref for Frame {
    type Target = [i16];
    fn deref(&self) -> &[i16] {
        &self.samples
    }
}

impl Sound for Frame {
    fn samples(&self) -> Result<&[i16], Error> {
        match &self.error {
            Some(error) => Err(error.clone()),
            None => Ok(&self.samples),
        }
    }
    fn source(&self) -> (u32, u32) {
        (self.rate_hz, 1)
    }
}

/// Fills a buffer with samples and says how many; 0 at the end.
type Source = Box<dyn FnMut(&mut [i16]) -> Result<usize, Error> + Send>;

/// A source of frames, one channel.
pub struct AudioStream {
    source: Source,
    rate_hz: u32,
    ended: bool,
}

impl AudioStream {
    /// The default microphone, through ALSA, which is loaded when it is asked for.
    ///
    /// # Errors
    /// There is no ALSA or no microphone here, or it cannot have that rate.
    pub fn from_mic(rate_hz: u32) -> Result<Self, Error> {
        Self::from_device("default", rate_hz)
    }

    /// The microphone of an ALSA name, such as `plughw:1`.
    ///
    /// # Errors
    /// As [`AudioStream::from_mic`].
    #[cfg(target_os = "linux")]
    pub fn from_device(device: &str, rate_hz: u32) -> Result<Self, Error> {
        refuse_rate(rate_hz)?;
        let mut microphone = crate::alsa::Microphone::open(device, rate_hz)?;
        Ok(Self::of(rate_hz, move |to| microphone.read(to)))
    }

    /// The microphone of a name: there is none on this system.
    ///
    /// # Errors
    /// Always.
    #[cfg(not(target_os = "linux"))]
    pub fn from_device(device: &str, _rate_hz: u32) -> Result<Self, Error> {
        Err(Error::Io(format!(
            "microphone {}: read through ALSA, so on Linux alone; give samples to from_reader",
            device
        )))
    }

    /// A wav file: 16 bits, one channel.
    ///
    /// # Errors
    /// It cannot be read, is no such file, or is shorter than it says; the error names the file.
    pub fn from_wav<P: AsRef<Path>>(path: P) -> Result<Self, Error> {
        let path = path.as_ref();
        let named = |why: String| Error::Io(format!("{}: {}", path.display(), why));
        let file = File::open(path).map_err(|error| named(error.to_string()))?;
        let about = file.metadata().map_err(|error| named(error.to_string()))?;
        let there = if about.is_file() {
            about.len()
        } else {
            u64::MAX
        }; // a pipe has no length
        let mut reader = BufReader::new(file);
        let head = wav::head(&mut reader).map_err(named)?;
        head.check(there).map_err(named)?;
        Ok(Self::from_reader(reader.take(head.bytes), head.rate_hz))
    }

    /// Raw int16 samples, little-endian, of one channel: standard input, a socket, bytes in memory.
    pub fn from_reader<R: Read + Send + 'static>(mut reader: R, rate_hz: u32) -> Self {
        Self::of(rate_hz, move |to| {
            let mut bytes = vec![0; 2 * to.len()];
            let mut have = 0;
            while have < bytes.len() {
                match reader.read(&mut bytes[have..]) {
                    Ok(0) => break,
                    Ok(count) => have += count,
                    Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                    Err(error) => return Err(Error::Io(format!("sound: {}", error))),
                }
            }
            if have % 2 == 1 {
                return Err(Error::Io(
                    "sound: it ends within a sample of 16 bits".into(),
                ));
            }
            for (sample, pair) in to.iter_mut().zip(bytes[..have].chunks_exact(2)) {
                *sample = i16::from_le_bytes([pair[0], pair[1]]);
            }
            Ok(have / 2)
        })
    }

    fn of(
        rate_hz: u32,
        source: impl FnMut(&mut [i16]) -> Result<usize, Error> + Send + 'static,
    ) -> Self {
        AudioStream {
            source: Box::new(source),
            rate_hz,
            ended: false,
        }
    }

    /// Samples a second.
    pub fn rate_hz(&self) -> u32 {
        self.rate_hz
    }

    /// Frames until the source ends. Where it fails, one more frame holds why, which
    /// [`LNN::detect_activity`](crate::LNN::detect_activity) returns.
    pub fn frames(&mut self) -> Frames<'_> {
        Frames { stream: self }
    }
}

impl core::fmt::Debug for AudioStream {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "AudioStream at {} Hz", self.rate_hz)
    }
}

/// The frames of an [`AudioStream`].
#[derive(Debug)]
pub struct Frames<'s> {
    stream: &'s mut AudioStream,
}

impl Iterator for Frames<'_> {
    type Item = Frame;

    fn next(&mut self) -> Option<Frame> {
        let stream = &mut *self.stream;
        if stream.ended {
            return None;
        }
        let mut samples = vec![0; (stream.rate_hz / FRAMES_A_SECOND).max(1) as usize];
        let (count, error) = match (stream.source)(&mut samples) {
            Ok(count) => (count, None),
            Err(error) => (0, Some(error)),
        };
        stream.ended = count < samples.len();
        samples.truncate(count);
        if samples.is_empty() && error.is_none() {
            return None;
        }
        Some(Frame {
            samples,
            rate_hz: stream.rate_hz,
            error,
        })
    }
}

#[cfg(target_os = "linux")]
fn refuse_rate(rate_hz: u32) -> Result<(), Error> {
    if !(1_000..=768_000).contains(&rate_hz) {
        let why = format!("microphone: {} Hz; choose 1,000 to 768,000", rate_hz);
        return Err(Error::Io(why));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lengths(bytes: usize, rate_hz: u32) -> Vec<Result<usize, Error>> {
        let mut stream = AudioStream::from_reader(std::io::Cursor::new(vec![1; bytes]), rate_hz);
        stream
            .frames()
            .map(|frame| frame.samples().map(<[i16]>::len))
            .collect()
    }

    #[test]
    fn frames_hold_20_ms_and_the_last_one_what_is_left() {
        assert_eq!(lengths(2 * 700, 16_000), [Ok(320), Ok(320), Ok(60)]);
        assert_eq!(lengths(2 * 640, 16_000), [Ok(320), Ok(320)]);
        assert_eq!(lengths(0, 16_000), []);
        assert_eq!(lengths(4, 10), [Ok(1), Ok(1)]);
    }

    #[test]
    fn a_reader_that_fails_is_said_once() {
        let cut = lengths(2 * 320 + 3, 16_000);
        assert_eq!(cut.len(), 2);
        assert!(cut[1]
            .as_ref()
            .unwrap_err()
            .to_string()
            .contains("within a sample"));
        struct Broken;
        impl Read for Broken {
            fn read(&mut self, _to: &mut [u8]) -> std::io::Result<usize> {
                Err(std::io::Error::new(std::io::ErrorKind::Other, "unplugged"))
            }
        }
        let mut stream = AudioStream::from_reader(Broken, 16_000);
        let said: Vec<_> = stream
            .frames()
            .map(|frame| frame.samples().map(<[i16]>::len))
            .collect();
        assert_eq!(said, [Err(Error::Io("sound: unplugged".into()))]);
        assert_eq!(stream.frames().count(), 0);
    }
}
