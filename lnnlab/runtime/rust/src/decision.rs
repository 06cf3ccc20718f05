//! What a network says, and where its file lies.

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
