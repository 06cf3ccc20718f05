//! What a network listens to.
use crate::Error;

/// Samples, int16, those of one moment's channels side by side, and what is known of them.
///
/// Slices, arrays and vectors know nothing more; a `Frame` of an `AudioStream` knows its rate, and
/// what went wrong where there is no more sound.
pub trait Sound {
    /// The samples, or what is wrong with their source.
    fn samples(&self) -> Result<&[i16], Error>;
    /// Moments a second, samples of a moment; 0: not known, and not compared with the network's.
    #[inline]
    fn source(&self) -> (u32, u32) {
        (0, 0)
    }
}

impl Sound for [i16] {
    #[inline]
    fn samples(&self) -> Result<&[i16], Error> {
        Ok(self)
    }
}

impl<const N: usize> Sound for [i16; N] {
    #[inline]
    fn samples(&self) -> Result<&[i16], Error> {
        Ok(self)
    }
}

#[cfg(feature = "std")]
impl Sound for std::vec::Vec<i16> {
    #[inline]
    fn samples(&self) -> Result<&[i16], Error> {
        Ok(self)
    }
}
