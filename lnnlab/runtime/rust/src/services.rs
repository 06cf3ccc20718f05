//! A denoiser and a detector of anomalies that own their files and their memory.
use crate::memory::Owned;
use crate::{AnomalyNet, DenoiserNet, Error, Scored, Sound};
use std::path::Path;

/// A denoiser that owns its file and its memory. Choose it on a computer.
///
/// ```no_run
/// use liquid_audio_nets::{AudioStream, Denoiser};
///
/// fn main() -> Result<(), Box<dyn std::error::Error>> {
///     let mut denoiser = Denoiser::load("quiet.lnn")?;
///     for frame in AudioStream::from_wav("street.wav")?.frames() {
///         let mut quiet = vec![0; frame.len()];
///         denoiser.process_to(&frame, &mut quiet)?;
///     }
///     Ok(())
/// }
/// ```
pub struct Denoiser {
    memory: Owned<DenoiserNet<'static>>,
}

impl Denoiser {
    /// Read a `.lnn` file.
    ///
    /// # Errors
    /// It cannot be read, is refused, or its outputs are of another kind; the error names the file.
    pub fn load<P: AsRef<Path>>(path: P) -> Result<Self, Error> {
        let memory = Owned::load(path.as_ref())?;
        Ok(Denoiser { memory })
    }

    /// The same of a file's bytes, at any address; they are copied.
    ///
    /// # Errors
    /// [`Error::File`]: they are refused. [`Error::NoGains`]: the outputs are of another kind.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let memory = Owned::from_bytes(bytes)?;
        Ok(Denoiser { memory })
    }

    /// As [`DenoiserNet::process`].
    pub fn process(&mut self, samples: &mut [i16]) {
        self.memory.net.process(samples);
    }

    /// As [`DenoiserNet::process_to`].
    ///
    /// # Errors
    /// As there.
    pub fn process_to<S: Sound + ?Sized>(
        &mut self,
        sound: &S,
        out: &mut [i16],
    ) -> Result<(), Error> {
        self.memory.net.process_to(sound, out)
    }

    /// As [`DenoiserNet::process_hop`].
    ///
    /// # Errors
    /// As there.
    pub fn process_hop(&mut self, samples: &[i16], out: &mut [i16]) -> Result<(), Error> {
        self.memory.net.process_hop(samples, out)
    }

    /// As [`DenoiserNet::set_depth_q15`].
    ///
    /// # Errors
    /// As there.
    pub fn set_depth_q15(&mut self, depth_q15: u16) -> Result<(), Error> {
        self.memory.net.set_depth_q15(depth_q15)
    }

    /// Samples from one that goes into [`Denoiser::process`] to the same one that comes out.
    pub fn latency(&self) -> u32 {
        self.memory.net.latency()
    }

    /// Forget all samples and states.
    pub fn reset(&mut self) {
        self.memory.net.reset();
    }

    /// Samples from one frame to the next.
    pub fn hop(&self) -> u32 {
        self.memory.net.hop()
    }

    /// Samples a second; 0: not known.
    pub fn rate_hz(&self) -> u32 {
        self.memory.net.rate_hz()
    }
}

impl core::fmt::Debug for Denoiser {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Denoiser at {} Hz", self.rate_hz())
    }
}

/// A detector of anomalies that owns its file and its memory. Choose it on a computer.
///
/// ```no_run
/// use liquid_audio_nets::{AnomalyDetector, AudioStream};
///
/// fn main() -> Result<(), Box<dyn std::error::Error>> {
///     let mut pump = AnomalyDetector::load("pump.lnn")?;
///     for frame in AudioStream::from_mic(16_000)?.frames() {
///         if let Some(heard) = pump.push(&frame)?.filter(|heard| heard.is_anomaly) {
///             println!("score {:.1}", heard.score());
///         }
///     }
///     Ok(())
/// }
/// ```
pub struct AnomalyDetector {
    memory: Owned<AnomalyNet<'static>>,
}

impl AnomalyDetector {
    /// Read a `.lnn` file.
    ///
    /// # Errors
    /// It cannot be read, is refused, or its outputs are of another kind; the error names the file.
    pub fn load<P: AsRef<Path>>(path: P) -> Result<Self, Error> {
        let memory = Owned::load(path.as_ref())?;
        Ok(AnomalyDetector { memory })
    }

    /// The same of a file's bytes, at any address; they are copied.
    ///
    /// # Errors
    /// [`Error::File`]: they are refused. [`Error::NoAnomalyScore`]: the outputs are of another kind.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let memory = Owned::from_bytes(bytes)?;
        Ok(AnomalyDetector { memory })
    }

    /// As [`AnomalyNet::push`].
    ///
    /// # Errors
    /// As there.
    pub fn push<S: Sound + ?Sized>(&mut self, sound: &S) -> Result<Option<Scored>, Error> {
        self.memory.net.push(sound)
    }

    /// As [`AnomalyNet::push_each`].
    ///
    /// # Errors
    /// As there.
    pub fn push_each<S: Sound + ?Sized>(
        &mut self,
        sound: &S,
        each: impl FnMut(&Scored),
    ) -> Result<Option<Scored>, Error> {
        self.memory.net.push_each(sound, each)
    }

    /// As [`AnomalyNet::is_anomaly`].
    pub fn is_anomaly(&self) -> bool {
        self.memory.net.is_anomaly()
    }

    /// As [`AnomalyNet::score_q8`].
    pub fn score_q8(&self) -> u32 {
        self.memory.net.score_q8()
    }

    /// As [`AnomalyNet::threshold_q8`].
    pub fn threshold_q8(&self) -> u32 {
        self.memory.net.threshold_q8()
    }

    /// As [`AnomalyNet::calibrating`].
    pub fn calibrating(&self) -> u32 {
        self.memory.net.calibrating()
    }

    /// As [`AnomalyNet::recalibrate`].
    pub fn recalibrate(&mut self) {
        self.memory.net.recalibrate();
    }

    /// As [`AnomalyNet::baseline`].
    pub fn baseline(&self) -> Option<&[i32]> {
        self.memory.net.baseline()
    }

    /// As [`AnomalyNet::set_baseline`].
    ///
    /// # Errors
    /// As there.
    pub fn set_baseline(&mut self, kept: &[i32]) -> Result<(), Error> {
        self.memory.net.set_baseline(kept)
    }

    /// Forget all samples, states and the score, but not this machine.
    pub fn reset(&mut self) {
        self.memory.net.reset();
    }

    /// Moments from one frame to the next.
    pub fn hop(&self) -> u32 {
        self.memory.net.hop()
    }

    /// Samples of a moment.
    pub fn channels(&self) -> u32 {
        self.memory.net.channels()
    }

    /// Moments a second; 0: not known.
    pub fn rate_hz(&self) -> u32 {
        self.memory.net.rate_hz()
    }
}

impl core::fmt::Debug for AnomalyDetector {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "AnomalyDetector at {} Hz", self.rate_hz())
    }
}
