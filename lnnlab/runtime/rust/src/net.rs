//! A network in memory that its caller lends: made, and fed.
use crate::checked::{check, text};
use crate::lent::{Lent, State};
use crate::{ffi, Decision, Error, Sound};

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
    pub(crate) lent: Lent<'m, ffi::Model>,
    piece: u32,                    // moments in which no second decision ends
    keyword: (*const u8, &'m str), // the newest label: where, and as text
    pub(crate) logits: *const i16, // of the newest decision, or null
    pub(crate) last: Option<Decision<'m>>,
    pub(crate) long_frames: u32,
}

// SAFETY: of what is lent; the other pointers lead into the file and, of logits, into the arena.
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
    unsafe fn over(file: &'m [u8], arena: *mut u32, words: usize) -> Result<Self, Error> {
        // SAFETY: the caller's word.
        let lent: Lent<ffi::Model> = unsafe { Lent::over(file, arena, words)? };
        // SAFETY: the model is initialised.
        let window = unsafe { ffi::lnn_window(&lent.state) };
        Ok(Net {
            piece: lent.hop.min(window),
            lent,
            keyword: (core::ptr::null(), ""),
            logits: core::ptr::null(),
            last: None,
            long_frames: 0,
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
        self.lent.expect(sound.source())?;
        self.lent.expect_whole(samples)?;
        let most = self.piece as usize * self.lent.channels as usize;
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
        let moments = self.lent.moments(piece);
        // SAFETY: the piece holds so many moments.
        let decisions = unsafe {
            ffi::lnn_push(
                &mut self.lent.state,
                piece.as_ptr(),
                moments,
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
}

// SAFETY: the model is all that C keeps beside file and arena.
unsafe impl State for ffi::Model {
    const EMPTY: Self = ffi::Model::new();

    fn model(&self) -> &ffi::Model {
        self
    }

    unsafe fn needed(file: *const u8) -> Result<u32, Error> {
        // SAFETY: the caller's word.
        Ok(unsafe { ffi::lnn_arena_bytes(file) })
    }

    unsafe fn init(
        &mut self,
        file: *const u8,
        bytes: u32,
        arena: *mut u32,
        arena_bytes: u32,
    ) -> i32 {
        // SAFETY: the caller's word.
        unsafe { ffi::lnn_init(self, file, bytes, arena, arena_bytes) }
    }
}

#[cfg(feature = "std")]
impl crate::lent::OverMemory for Net<'static> {
    fn arena_bytes(file: &[u8]) -> Result<u32, Error> {
        Net::arena_bytes(file)
    }

    unsafe fn over(file: &'static [u8], arena: *mut u32, words: usize) -> Result<Self, Error> {
        // SAFETY: the caller's word.
        unsafe { Net::over(file, arena, words) }
    }
}
