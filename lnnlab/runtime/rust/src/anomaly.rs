//! Scores of anomalies, in memory that its caller lends: files whose outputs are the next features.
use crate::lent::{Lent, State};
use crate::{ffi, Error, Sound};

/// A detector over a file (section ANOM) and an arena that outlive it.
///
/// Choose it on a microcontroller, with both of them static; on a computer `AnomalyDetector` owns them.
/// It says how far what came lies from what was expected and names no class, as
/// [`Net`](crate::Net) does.
///
/// ```
/// use liquid_audio_nets::{Aligned, AnomalyNet, Error};
///
/// static FILE: Aligned<[u8; 4]> = Aligned(*b"LNN1"); // include_bytes! of a whole one
/// let mut arena = [0; 4096];
/// assert!(matches!(AnomalyNet::new(&FILE.0, &mut arena), Err(Error::File { .. })));
/// ```
pub struct AnomalyNet<'m> {
    lent: Lent<'m, ffi::Anomaly>,
}

/// What samples brought about: of one frame, or of those that ended in a buffer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scored {
    /// Frames that ended.
    pub frames: u32,
    /// Whether the score reached the threshold after any of them.
    pub is_anomaly: bool,
    /// The largest score after any of them, Q8: 256 is what normal running has on average.
    pub score_q8: u32,
}

impl Scored {
    /// The score; 1 is what normal running has on average.
    pub fn score(&self) -> f32 {
        self.score_q8 as f32 / 256.0
    }

    fn and(self, later: Scored) -> Scored {
        Scored {
            frames: self.frames + later.frames,
            is_anomaly: self.is_anomaly || later.is_anomaly,
            score_q8: self.score_q8.max(later.score_q8),
        }
    }
}

// SAFETY: C's structure begins with the model, and keeps nothing elsewhere.
unsafe impl State for ffi::Anomaly {
    const EMPTY: Self = ffi::Anomaly::new();

    fn model(&self) -> &ffi::Model {
        &self.model
    }

    unsafe fn needed(file: *const u8) -> Result<u32, Error> {
        // SAFETY: the caller's word.
        match unsafe { ffi::lnn_anomaly_arena_bytes(file) } {
            0 => Err(Error::NoAnomalyScore),
            needed => Ok(needed),
        }
    }

    unsafe fn init(
        &mut self,
        file: *const u8,
        bytes: u32,
        arena: *mut u32,
        arena_bytes: u32,
    ) -> i32 {
        // SAFETY: the caller's word.
        unsafe { ffi::lnn_anomaly_init(self, file, bytes, arena, arena_bytes) }
    }
}

impl<'m> AnomalyNet<'m> {
    /// Bytes of arena that a file needs.
    ///
    /// # Errors
    /// [`Error::File`]: the file is refused. [`Error::NoAnomalyScore`]: its outputs are of another
    /// kind.
    pub fn arena_bytes(file: &[u8]) -> Result<u32, Error> {
        Lent::<ffi::Anomaly>::needed(file)
    }

    /// A detector.
    ///
    /// # Arguments
    /// - `file`: at a multiple of 8, see [`Aligned`](crate::Aligned).
    /// - `arena`: of [`AnomalyNet::arena_bytes`].
    ///
    /// # Errors
    /// As [`AnomalyNet::arena_bytes`]; [`Error::SmallArena`]: it says how much is needed.
    pub fn new(file: &'m [u8], arena: &'m mut [u32]) -> Result<Self, Error> {
        // SAFETY: both are borrowed for 'm, as long as the detector is there, the arena by it alone.
        let lent = unsafe { Lent::over(file, arena.as_mut_ptr(), arena.len())? };
        Ok(AnomalyNet { lent })
    }

    /// Take samples, of several channels side by side, of any length. Returns what the frames that ended
    /// meanwhile say together, nothing where none did.
    ///
    /// # Errors
    /// [`Error::Channels`]: a rest is no whole moment. [`Error::Source`]: the sound is of another kind.
    /// What is wrong with the sound itself. Nothing is taken then.
    pub fn push<S: Sound + ?Sized>(&mut self, sound: &S) -> Result<Option<Scored>, Error> {
        self.push_each(sound, |_| {})
    }

    /// The same; `each` is told every frame, with it alone.
    ///
    /// # Errors
    /// As [`AnomalyNet::push`].
    pub fn push_each<S: Sound + ?Sized>(
        &mut self,
        sound: &S,
        mut each: impl FnMut(&Scored),
    ) -> Result<Option<Scored>, Error> {
        let mut samples = sound.samples()?;
        self.lent.expect(sound.source())?;
        self.lent.expect_whole(samples)?;
        let most = self.lent.hop as usize * self.lent.channels as usize; // no second frame ends
        let mut told: Option<Scored> = None;
        while !samples.is_empty() {
            let (piece, rest) = samples.split_at(samples.len().min(most));
            samples = rest;
            let moments = self.lent.moments(piece);
            // SAFETY: the piece holds so many moments.
            let ended =
                unsafe { ffi::lnn_anomaly_push(&mut self.lent.state, piece.as_ptr(), moments) };
            if ended != 0 {
                let now = self.newest();
                each(&now);
                told = Some(told.map_or(now, |before| before.and(now)));
            }
        }
        Ok(told)
    }

    fn newest(&self) -> Scored {
        Scored {
            frames: 1,
            is_anomaly: self.is_anomaly(),
            score_q8: self.score_q8(),
        }
    }

    /// Whether the score after the newest frame reaches the threshold.
    pub fn is_anomaly(&self) -> bool {
        // SAFETY: the detector is initialised.
        unsafe { ffi::lnn_is_anomaly(&self.lent.state) != 0 }
    }

    /// The score after the newest frame, Q8; 0 before the second one, as nothing was expected of the
    /// first.
    pub fn score_q8(&self) -> u32 {
        // SAFETY: the detector is initialised.
        unsafe { ffi::lnn_anomaly_score_q8(&self.lent.state) }
    }

    /// From which score on it is an anomaly, Q8: the file's own.
    pub fn threshold_q8(&self) -> u32 {
        // SAFETY: the detector is initialised.
        unsafe { ffi::lnn_anomaly_threshold_q8(&self.lent.state) }
    }

    /// Frames that are still to be calibrated on, in which the score is 0 and nothing is an anomaly; 0
    /// from then on, or where the file asks for no calibration.
    pub fn calibrating(&self) -> u32 {
        // SAFETY: the detector is initialised.
        unsafe { ffi::lnn_anomaly_calibrating(&self.lent.state) }
    }

    /// Forget this machine too, as when a bearing was changed, and calibrate anew.
    pub fn recalibrate(&mut self) {
        // SAFETY: the detector is initialised.
        unsafe { ffi::lnn_anomaly_recalibrate(&mut self.lent.state) }
    }

    /// What was learned of this machine, a number for each feature, Q8, to be kept where the power may
    /// go; none while it calibrates, or where the file asks for no calibration.
    pub fn baseline(&self) -> Option<&[i32]> {
        // SAFETY: the detector is initialised.
        let own = unsafe { ffi::lnn_anomaly_baseline(&self.lent.state) };
        if own.is_null() {
            return None;
        }
        // SAFETY: the C core's array of a number for each feature in the arena, which the detector
        // alone has; it is written by calls with &mut self.
        Some(unsafe { core::slice::from_raw_parts(own, self.features()) })
    }

    /// Put back what was kept, in place of calibration; starts anew.
    ///
    /// # Errors
    /// [`Error::Config`]: it is no such baseline, or the file asks for no calibration.
    pub fn set_baseline(&mut self, kept: &[i32]) -> Result<(), Error> {
        // SAFETY: the detector is initialised, and the numbers are as many as is said; a length
        // beyond u32 is that of no model.
        let status = unsafe {
            ffi::lnn_anomaly_set_baseline(
                &mut self.lent.state,
                kept.as_ptr(),
                u32::try_from(kept.len()).unwrap_or(0),
            )
        };
        if status != ffi::OK {
            return Err(Error::Config(
                "give what baseline() gave of this model: a number of 16 bits for each feature, of a \
                 file that calibrates",
            ));
        }
        Ok(())
    }

    fn features(&self) -> usize {
        // SAFETY: the model is initialised; it has an output for each feature.
        unsafe { ffi::lnn_classes(&self.lent.state.model) as usize }
    }

    /// Forget all samples, states and the score, but not this machine.
    pub fn reset(&mut self) {
        // SAFETY: the detector is initialised.
        unsafe { ffi::lnn_anomaly_reset(&mut self.lent.state) }
    }

    /// Moments from one frame to the next.
    pub fn hop(&self) -> u32 {
        self.lent.hop
    }

    /// Samples of a moment.
    pub fn channels(&self) -> u32 {
        self.lent.channels
    }

    /// Moments a second; 0: not known.
    pub fn rate_hz(&self) -> u32 {
        self.lent.rate_hz()
    }
}

#[cfg(feature = "std")]
impl crate::lent::OverMemory for AnomalyNet<'static> {
    fn arena_bytes(file: &[u8]) -> Result<u32, Error> {
        AnomalyNet::arena_bytes(file)
    }

    unsafe fn over(file: &'static [u8], arena: *mut u32, words: usize) -> Result<Self, Error> {
        // SAFETY: the caller's word.
        let lent = unsafe { Lent::over(file, arena, words)? };
        Ok(AnomalyNet { lent })
    }
}
