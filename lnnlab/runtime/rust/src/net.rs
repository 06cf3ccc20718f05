//! A network in memory that its caller lends: no heap, no `std`.
use crate::{ffi, Costs, Error, Gate, Power, Sound, StreamConfig, Usage};
use core::marker::PhantomData;

/// A file's bytes at a multiple of 8, as the C core wants them: `Aligned(*include_bytes!("a.lnn"))`.
#[derive(Debug, Clone, Copy)]
#[repr(C, align(8))]
pub struct Aligned<T: ?Sized>(pub T);

/// What a network decided after a window, or after a frame of a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decision<'m> {
    /// Label of the likeliest class.
    pub keyword: &'m str,
    /// Its number.
    pub label: u16,
    /// Its probability, Q15; in a stream smoothed.
    pub confidence_q15: i16,
    /// Whether this is a report.
    pub detected: bool,
    /// Of a stream: hops since the decision before.
    pub timestep: u16,
}

impl Decision<'_> {
    /// The probability, 0 to 1.
    pub fn confidence(&self) -> f32 {
        f32::from(self.confidence_q15) / 32768.0
    }
}

/// A network over a file and an arena that outlive it.
///
/// Choose it on a microcontroller, with both of them static; on a computer `LNN` owns them. One
/// thread or interrupt at a time has it, as `&mut` holds.
///
/// ```
/// use liquid_audio_nets::{Aligned, Error, Net};
///
/// static FILE: Aligned<[u8; 4]> = Aligned(*b"LNN1"); // include_bytes! of a whole one
/// let mut arena = [0; 4096];
/// assert!(matches!(Net::new(&FILE.0, &mut arena), Err(Error::File { .. })));
/// ```
pub struct Net<'m> {
    model: ffi::Model,
    file: *const u8,
    arena_bytes: u32,
    hop: u32,
    piece: u32, // moments in which no second decision ends
    channels: u32,
    keyword: (*const u8, &'m str), // the newest label: where, and as text
    logits: *const i16,            // of the newest decision, or null
    last: Option<Decision<'m>>,
    long_frames: u32,
    memory: PhantomData<(&'m [u8], &'m mut [u32])>,
}

// SAFETY: the C core keeps nothing but what lies in the model and in the arena, both reached through
// this value alone; the file is only read.
unsafe impl Send for Net<'_> {}
// SAFETY: all functions that take &self only read.
unsafe impl Sync for Net<'_> {}

impl<'m> Net<'m> {
    /// Bytes of arena that a file needs for all that [`Net`] can do, flux gates too.
    ///
    /// # Errors
    /// [`Error::File`]: the file is refused.
    pub fn arena_bytes(file: &[u8]) -> Result<u32, Error> {
        check(file)?;
        // SAFETY: the file was checked.
        Ok(unsafe { ffi::lnn_flux_arena_bytes(file.as_ptr()) })
    }

    /// A network.
    ///
    /// # Arguments
    /// - `file`: at a multiple of 8, see [`Aligned`].
    /// - `arena`: of [`Net::arena_bytes`]; a little less does, without flux gates.
    ///
    /// # Errors
    /// [`Error::File`]: the file is refused. [`Error::SmallArena`]: it says how much is needed.
    pub fn new(file: &'m [u8], arena: &'m mut [u32]) -> Result<Self, Error> {
        // SAFETY: both are borrowed for 'm, as long as the network is there, the arena by it alone.
        unsafe { Self::over(file, arena.as_mut_ptr(), arena.len()) }
    }

    /// The same over an arena of so many words by its address.
    ///
    /// # Safety
    /// The arena must be valid for 'm, and nothing but the network may touch it meanwhile.
    pub(crate) unsafe fn over(
        file: &'m [u8],
        arena: *mut u32,
        words: usize,
    ) -> Result<Self, Error> {
        check(file)?;
        let arena_bytes = u32::try_from(words.saturating_mul(4)).unwrap_or(u32::MAX);
        let mut model = ffi::Model::new();
        // SAFETY: the file holds its length in bytes, the arena as many words, by the caller's word.
        let status = unsafe {
            ffi::lnn_init(
                &mut model,
                file.as_ptr(),
                file.len() as u32,
                arena,
                arena_bytes,
            )
        };
        match status {
            ffi::OK => {}
            // SAFETY: the file was checked.
            ffi::SMALL_ARENA => {
                let needed = unsafe { ffi::lnn_arena_bytes(file.as_ptr()) };
                return Err(Error::SmallArena { needed });
            }
            _ => return Err(refused(status, 0)),
        }
        // SAFETY: the model is initialised.
        let (hop, window, channels) = unsafe {
            (
                ffi::lnn_hop(&model),
                ffi::lnn_window(&model),
                ffi::lnn_channels(&model),
            )
        };
        Ok(Net {
            model,
            file: file.as_ptr(),
            arena_bytes,
            hop,
            piece: hop.min(window),
            channels,
            keyword: (core::ptr::null(), ""),
            logits: core::ptr::null(),
            last: None,
            long_frames: 0,
            memory: PhantomData,
        })
    }

    /// Take samples, of several channels side by side, of any length.
    ///
    /// Returns the last decision that is a report, if any ended meanwhile that is, else the last
    /// one, else nothing.
    ///
    /// # Errors
    /// [`Error::Channels`]: a rest is no whole moment; nothing is taken then.
    /// [`Error::Source`]: the sound is of another kind. What is wrong with the sound itself.
    pub fn push<S: Sound + ?Sized>(&mut self, sound: &S) -> Result<Option<Decision<'m>>, Error> {
        self.push_each(sound, |_| {})
    }

    /// The same; `each` is told every decision, so that of several reports none is missed.
    ///
    /// # Errors
    /// As [`Net::push`].
    pub fn push_each<S: Sound + ?Sized>(
        &mut self,
        sound: &S,
        mut each: impl FnMut(&Decision<'m>),
    ) -> Result<Option<Decision<'m>>, Error> {
        let mut samples = sound.samples()?;
        self.expect(sound.source())?;
        let channels = self.channels as usize;
        if channels > 1 && samples.len() % channels != 0 {
            return Err(Error::Channels {
                model: self.channels,
            });
        }
        let most = self.piece as usize * channels;
        let mut told: Option<Decision<'m>> = None;
        while !samples.is_empty() {
            let (piece, rest) = samples.split_at(samples.len().min(most));
            samples = rest;
            if let Some(now) = self.push_some(piece) {
                each(&now);
                if now.detected || !matches!(told, Some(before) if before.detected) {
                    told = Some(now);
                }
            }
        }
        Ok(told)
    }

    /// A hop at most, of whole moments.
    #[inline]
    fn push_some(&mut self, piece: &[i16]) -> Option<Decision<'m>> {
        let mut answer = core::mem::MaybeUninit::<ffi::Answer>::uninit();
        let moments = if self.channels == 1 {
            piece.len()
        } else {
            piece.len() / self.channels as usize
        };
        // SAFETY: the piece holds so many moments.
        let decisions = unsafe {
            ffi::lnn_push(
                &mut self.model,
                piece.as_ptr(),
                moments as u32,
                answer.as_mut_ptr(),
            )
        };
        if decisions == 0 {
            return None;
        }
        // SAFETY: with a decision all of the answer is written.
        let answer = unsafe { answer.assume_init() };
        if answer.keyword != self.keyword.0 {
            // SAFETY: a NUL-terminated label of the checked file, which lives for 'm.
            self.keyword = (answer.keyword, unsafe { text(answer.keyword) });
        }
        self.logits = answer.logits;
        self.long_frames += u32::from(answer.timestep > 1);
        let now = Decision {
            keyword: self.keyword.1,
            label: answer.label as u16,
            confidence_q15: answer.confidence_q15,
            detected: answer.keyword_detected != 0,
            timestep: answer.timestep,
        };
        self.last = Some(now);
        self.last
    }

    /// Refuse a source that is known and is not what the network was made for.
    #[inline]
    pub(crate) fn expect(&self, sound: (u32, u32)) -> Result<(), Error> {
        if sound == (0, 0) {
            return Ok(());
        }
        let model = (self.rate_hz(), self.channels);
        let differ = |a: u32, b: u32| a != 0 && b != 0 && a != b;
        if differ(sound.0, model.0) || differ(sound.1, model.1) {
            return Err(Error::Source { sound, model });
        }
        Ok(())
    }

    /// Decide after every frame and report so, whatever the file says; starts anew.
    ///
    /// # Errors
    /// [`Error::CannotStream`]; [`Error::Config`]: a field is out of range.
    pub fn set_streaming(&mut self, config: &StreamConfig) -> Result<(), Error> {
        if config.smoothing_shift > 8 || config.threshold_q15 < 1 {
            return Err(Error::Config(
                "choose smoothing_shift 0 to 8 and threshold_q15 above 0",
            ));
        }
        // SAFETY: the model is initialised.
        unsafe {
            let shift = config.smoothing_shift;
            if ffi::lnn_set_streaming(&mut self.model, shift, config.refractory) == 0 {
                return Err(Error::CannotStream);
            }
            ffi::lnn_set_threshold(&mut self.model, config.threshold_q15);
        }
        self.forget();
        Ok(())
    }

    /// Decide after every window, though the file says that it is a stream; starts anew.
    pub fn set_windows(&mut self) {
        // SAFETY: the model is initialised.
        unsafe { ffi::lnn_set_windows(&mut self.model) }
        self.forget();
    }

    /// Compute more seldom while there is little to hear, in place of the file's own policy; starts
    /// anew. A network whose file does not say that it is a stream becomes one.
    ///
    /// # Errors
    /// [`Error::CannotAdapt`]; [`Error::Config`]: a time or threshold is out of range;
    /// [`Error::SmallArena`]: a flux gate needs more memory.
    pub fn set_gate(&mut self, gate: &Gate) -> Result<(), Error> {
        if !self.can_adapt() {
            return Err(Error::CannotAdapt);
        }
        // SAFETY: the file was checked.
        let needed = unsafe { ffi::lnn_flux_arena_bytes(self.file) };
        let flux = gate.config.complexity_estimator == crate::ComplexityMetric::SpectralFlux;
        if flux && needed > self.arena_bytes {
            return Err(Error::SmallArena { needed });
        }
        gate.apply(&mut self.model, self.arena_bytes)?;
        if !self.is_streaming() {
            self.set_streaming(&StreamConfig::default())?;
        }
        self.forget();
        Ok(())
    }

    /// The file's own policy again, or none; starts anew.
    pub fn set_own_policy(&mut self) {
        // SAFETY: the model is initialised.
        unsafe { ffi::lnn_set_adaptive_config(&mut self.model, core::ptr::null()) };
        self.forget();
    }

    /// Forget all samples and states.
    pub fn reset(&mut self) {
        // SAFETY: the model is initialised.
        unsafe { ffi::lnn_reset(&mut self.model) }
        self.forget();
    }

    fn forget(&mut self) {
        self.last = None;
        self.long_frames = 0;
    }

    /// The newest decision since the start.
    pub fn last(&self) -> Option<Decision<'m>> {
        self.last
    }

    /// Logits of the newest decision, Q8, one a class; empty before the first.
    pub fn logits(&self) -> &[i16] {
        if self.last.is_none() || self.logits.is_null() {
            return &[];
        }
        // SAFETY: the C core's array of that many, written by the newest decision; the next one
        // needs &mut self.
        unsafe { core::slice::from_raw_parts(self.logits, self.classes() as usize) }
    }

    /// Whether the newest decision holds a keyword: a class that is no background, its probability
    /// at the threshold or above. A report says that once; this holds as long as it is so.
    pub fn hears(&self) -> bool {
        // SAFETY: the model is initialised.
        let threshold_q15 = unsafe { ffi::lnn_threshold_q15(&self.model) };
        matches!(self.last, Some(now) if u32::from(now.label) < self.keywords()
            && now.confidence_q15 >= threshold_q15)
    }

    /// What happened since the start: frames that ended, and that were computed.
    pub fn usage(&self) -> Usage {
        // SAFETY: the model is initialised.
        let counts = unsafe { ffi::lnn_counts(&self.model) };
        Usage {
            heard: counts.heard,
            computed: counts.computed,
            long: self.long_frames,
        }
    }

    /// What the file says that the network takes on a board, if it does.
    pub fn costs(&self) -> Option<Costs<'m>> {
        // SAFETY: the file was checked, costs and all, and lives for 'm.
        unsafe { ffi::lnn_costs(self.file).as_ref() }.map(Costs::new)
    }

    /// Mean power of so much use: frames counted, times what the file says that each takes.
    pub fn power(&self, usage: &Usage) -> Power {
        // SAFETY: the model is initialised.
        let kind = unsafe { ffi::lnn_policy_kind(&self.model) };
        let hop_s = match self.rate_hz() {
            0 => 0.0,
            rate_hz => self.hop as f32 / rate_hz as f32,
        };
        Power::of(self.costs(), kind.max(0) as usize, hop_s, usage)
    }

    /// Moments from one frame to the next.
    pub fn hop(&self) -> u32 {
        self.hop
    }

    /// Samples of a moment.
    pub fn channels(&self) -> u32 {
        self.channels
    }

    /// Moments a second; 0: not known.
    pub fn rate_hz(&self) -> u32 {
        // SAFETY: the model is initialised.
        unsafe { ffi::lnn_rate_hz(&self.model) }
    }

    /// Number of classes.
    pub fn classes(&self) -> u32 {
        // SAFETY: the model is initialised.
        unsafe { ffi::lnn_classes(&self.model) }
    }

    /// Of these, the first so many are keywords, the rest is background.
    pub fn keywords(&self) -> u32 {
        // SAFETY: the model is initialised.
        unsafe { ffi::lnn_keywords(&self.model) }
    }

    /// Name of a class; "" beyond them.
    pub fn label(&self, number: u32) -> &'m str {
        // SAFETY: a NUL-terminated label of the checked file, which lives for 'm, or a constant.
        unsafe { text(ffi::lnn_label(&self.model, number)) }
    }

    /// Whether it decides after every frame.
    pub fn is_streaming(&self) -> bool {
        // SAFETY: the model is initialised.
        unsafe { ffi::lnn_is_streaming(&self.model) != 0 }
    }

    /// Whether it can follow a timestep policy.
    pub fn can_adapt(&self) -> bool {
        // SAFETY: the model is initialised.
        unsafe { ffi::lnn_can_adapt(&self.model) != 0 }
    }

    /// Moments that may pass before [`Net::push`] has anything to do but keep them; at least 1.
    pub fn sleep_moments(&self) -> u32 {
        // SAFETY: the model is initialised.
        unsafe { ffi::lnn_sleep_moments(&self.model) }
    }
}

/// Check a whole file.
fn check(file: &[u8]) -> Result<(), Error> {
    let bytes = u32::try_from(file.len()).unwrap_or(u32::MAX);
    let mut at = 0;
    if bytes == u32::MAX {
        return Err(refused(ffi::BAD_SIZE, 8)); // the C core's sign for "as the header says"
    }
    // SAFETY: so many bytes may be read, and C reads no further.
    match unsafe { ffi::lnn_check(file.as_ptr(), bytes, &mut at) } {
        ffi::OK => Ok(()),
        status => Err(refused(status, at)),
    }
}

fn refused(status: i32, at: u32) -> Error {
    // SAFETY: any number has a text, a constant.
    Error::File {
        status,
        why: unsafe { text(ffi::lnn_status_text(status)) },
        at,
    }
}

/// A text of C; "?" where it is no UTF-8.
///
/// # Safety
/// It must be NUL-terminated and stay for 'a.
unsafe fn text<'a>(start: *const u8) -> &'a str {
    let mut length = 0;
    // SAFETY: all before the terminator may be read, by the caller's word.
    let bytes = unsafe {
        while *start.add(length) != 0 {
            length += 1;
        }
        core::slice::from_raw_parts(start, length)
    };
    core::str::from_utf8(bytes).unwrap_or("?")
}
