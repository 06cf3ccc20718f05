//! Quieter sound, in memory that its caller lends: files whose outputs are gains of bands.
use crate::lent::{Lent, State};
use crate::{ffi, Error, Sound};

/// A denoiser over a file (section GAIN) and an arena that outlive it.
///
/// Choose it on a microcontroller, with both of them static; on a computer `Denoiser` owns them. What a
/// network decides [`Net`](crate::Net) says, how odd a sound is [`AnomalyNet`](crate::AnomalyNet).
///
/// ```
/// use liquid_audio_nets::{Aligned, DenoiserNet, Error};
///
/// static FILE: Aligned<[u8; 4]> = Aligned(*b"LNN1"); // include_bytes! of a whole one
/// let mut arena = [0; 4096];
/// assert!(matches!(DenoiserNet::new(&FILE.0, &mut arena), Err(Error::File { .. })));
/// ```
pub struct DenoiserNet<'m> {
    lent: Lent<'m, ffi::Denoise>,
}

const MOST: usize = 1 << 30; // samples that C is given at a time

// SAFETY: C's structure begins with the model, and keeps nothing elsewhere.
unsafe impl State for ffi::Denoise {
    const EMPTY: Self = ffi::Denoise::new();

    fn model(&self) -> &ffi::Model {
        &self.model
    }

    unsafe fn needed(file: *const u8) -> Result<u32, Error> {
        // SAFETY: the caller's word.
        match unsafe { ffi::lnn_denoise_arena_bytes(file) } {
            0 => Err(Error::NoGains),
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
        unsafe { ffi::lnn_denoise_init(self, file, bytes, arena, arena_bytes) }
    }
}

impl<'m> DenoiserNet<'m> {
    /// Bytes of arena that a file needs.
    ///
    /// # Errors
    /// [`Error::File`]: the file is refused. [`Error::NoGains`]: its outputs are of another kind.
    pub fn arena_bytes(file: &[u8]) -> Result<u32, Error> {
        Lent::<ffi::Denoise>::needed(file)
    }

    /// A denoiser.
    ///
    /// # Arguments
    /// - `file`: at a multiple of 8, see [`Aligned`](crate::Aligned).
    /// - `arena`: of [`DenoiserNet::arena_bytes`].
    ///
    /// # Errors
    /// As [`DenoiserNet::arena_bytes`]; [`Error::SmallArena`]: it says how much is needed.
    pub fn new(file: &'m [u8], arena: &'m mut [u32]) -> Result<Self, Error> {
        // SAFETY: both are borrowed for 'm, as long as the denoiser is there, the arena by it alone.
        let lent = unsafe { Lent::over(file, arena.as_mut_ptr(), arena.len())? };
        Ok(DenoiserNet { lent })
    }

    /// Make a buffer of any length quieter in its place: what comes out is
    /// [`DenoiserNet::latency`] samples further back.
    pub fn process(&mut self, samples: &mut [i16]) {
        for piece in samples.chunks_mut(MOST) {
            let start = piece.as_mut_ptr();
            // SAFETY: so many samples may be read and written at one place, which C allows.
            unsafe {
                ffi::lnn_denoise_push(&mut self.lent.state, start, piece.len() as u32, start)
            };
        }
    }

    /// The same from a sound into another buffer, as many samples.
    ///
    /// # Errors
    /// [`Error::Source`]: the sound is of another kind. [`Error::Length`]: the buffer is of another
    /// length. What is wrong with the sound itself. Nothing is taken then.
    pub fn process_to<S: Sound + ?Sized>(
        &mut self,
        sound: &S,
        out: &mut [i16],
    ) -> Result<(), Error> {
        let samples = sound.samples()?;
        self.lent.expect(sound.source())?;
        Self::expect_length(out, samples.len())?;
        out.copy_from_slice(samples);
        self.process(out);
        Ok(())
    }

    /// [`DenoiserNet::hop`] samples in, as many out, a hop of them further back: a hop less than of
    /// [`DenoiserNet::process`]. Use one of both between two resets; the other one begins with silence.
    ///
    /// # Errors
    /// [`Error::Length`]: a buffer is no hop; nothing is taken then.
    pub fn process_hop(&mut self, samples: &[i16], out: &mut [i16]) -> Result<(), Error> {
        let hop = self.lent.hop as usize;
        Self::expect_length(samples, hop)?;
        Self::expect_length(out, hop)?;
        // SAFETY: both hold a hop.
        unsafe {
            ffi::lnn_denoise_hop(&mut self.lent.state, samples.as_ptr(), out.as_mut_ptr());
        }
        Ok(())
    }

    fn expect_length(buffer: &[i16], wanted: usize) -> Result<(), Error> {
        let given = buffer.len();
        if given == wanted {
            Ok(())
        } else {
            Err(Error::Length { given, wanted })
        }
    }

    /// The largest share of a band that is taken away, Q15: 32768 all of it, 29491 leaves 20 dB less, 0
    /// takes nothing. At the start the file's own.
    ///
    /// # Errors
    /// [`Error::Config`]: above 32768.
    pub fn set_depth_q15(&mut self, depth_q15: u16) -> Result<(), Error> {
        if depth_q15 > 32768 {
            return Err(Error::Config(
                "choose a depth of 0 (nothing is taken away) to 32768 (a band may be taken away whole)",
            ));
        }
        // SAFETY: the denoiser is initialised.
        unsafe { ffi::lnn_denoise_set_depth(&mut self.lent.state, depth_q15) };
        Ok(())
    }

    /// Samples from one that goes into [`DenoiserNet::process`] to the same one that comes out.
    pub fn latency(&self) -> u32 {
        // SAFETY: the denoiser is initialised.
        unsafe { ffi::lnn_denoise_latency(&self.lent.state) }
    }

    /// Forget all samples and states.
    pub fn reset(&mut self) {
        // SAFETY: the denoiser is initialised.
        unsafe { ffi::lnn_denoise_reset(&mut self.lent.state) }
    }

    /// Samples from one frame to the next.
    pub fn hop(&self) -> u32 {
        self.lent.hop
    }

    /// Samples a second; 0: not known.
    pub fn rate_hz(&self) -> u32 {
        self.lent.rate_hz()
    }
}

#[cfg(feature = "std")]
impl crate::lent::OverMemory for DenoiserNet<'static> {
    fn arena_bytes(file: &[u8]) -> Result<u32, Error> {
        DenoiserNet::arena_bytes(file)
    }

    unsafe fn over(file: &'static [u8], arena: *mut u32, words: usize) -> Result<Self, Error> {
        // SAFETY: the caller's word.
        let lent = unsafe { Lent::over(file, arena, words)? };
        Ok(DenoiserNet { lent })
    }
}
