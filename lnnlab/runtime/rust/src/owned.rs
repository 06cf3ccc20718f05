//! A network that owns its file and its memory.
use crate::memory::Owned;
use crate::{AdaptiveConfig, Costs, Decision, Error, Gate, Net, Power, Sound};
use crate::{StreamConfig, Usage};
use std::path::Path;

/// What a frame of sound brought about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Activity<'m> {
    /// A class is heard that is no background: see [`Net::hears`]. It holds between decisions.
    pub is_speech: bool,
    /// The decision that ended with this frame; of several the last report, else the last.
    pub decision: Option<Decision<'m>>,
}

/// A network that owns its file and its memory. Choose it on a computer.
pub struct LNN {
    memory: Owned<Net<'static>>,
    refused: Option<Error>, // of a call that gives no result, told by the next that does
    marks: [Usage; 2],      // counts at the last two marks, a second or more apart
}

impl LNN {
    /// Read a `.lnn` file.
    ///
    /// # Errors
    /// It cannot be read or is refused; the error names the file.
    pub fn load<P: AsRef<Path>>(path: P) -> Result<Self, Error> {
        Owned::load(path.as_ref()).map(Self::of)
    }

    /// The same of a file's bytes, at any address; they are copied.
    ///
    /// # Errors
    /// [`Error::File`]: they are refused.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        Owned::from_bytes(bytes).map(Self::of)
    }

    fn of(memory: Owned<Net<'static>>) -> Self {
        LNN {
            memory,
            refused: None,
            marks: Default::default(),
        }
    }

    /// Compute more seldom while there is little to hear, in place of the file's own policy.
    ///
    /// What is wrong with it the next [`LNN::detect_activity`] says; [`LNN::set_gate`] says it at
    /// once, and has thresholds.
    pub fn set_adaptive_config(&mut self, config: AdaptiveConfig) {
        self.refused = self.set_gate(&config.into()).err();
    }

    /// The same with thresholds; starts anew.
    ///
    /// # Errors
    /// As [`Net::set_gate`].
    pub fn set_gate(&mut self, gate: &Gate) -> Result<(), Error> {
        self.refused = None;
        self.marks = Default::default();
        self.memory.net.set_gate(gate)
    }

    /// Decide after every frame and report so, whatever the file says; starts anew.
    ///
    /// # Errors
    /// As [`Net::set_streaming`].
    pub fn set_streaming(&mut self, config: &StreamConfig) -> Result<(), Error> {
        self.marks = Default::default();
        self.memory.net.set_streaming(config)
    }

    /// Decide after every window, though the file says that it is a stream; starts anew.
    pub fn set_windows(&mut self) {
        self.marks = Default::default();
        self.memory.net.set_windows();
    }

    /// Forget all samples and states.
    pub fn reset(&mut self) {
        self.marks = Default::default();
        self.memory.net.reset();
    }

    /// Take a frame of sound: of an [`AudioStream`](crate::AudioStream), or int16 samples of any
    /// length.
    ///
    /// # Errors
    /// What is wrong with the sound (its source ended in an error, its rate or channels are not the
    /// network's), or with an earlier [`LNN::set_adaptive_config`].
    pub fn detect_activity<S: Sound + ?Sized>(&mut self, frame: &S) -> Result<Activity<'_>, Error> {
        self.detect_each(frame, |_| {})
    }

    /// The same; `each` is told every decision, so that of several reports none is missed.
    ///
    /// # Errors
    /// As [`LNN::detect_activity`].
    pub fn detect_each<S: Sound + ?Sized>(
        &mut self,
        frame: &S,
        mut each: impl FnMut(&Decision<'_>),
    ) -> Result<Activity<'_>, Error> {
        if let Some(why) = &self.refused {
            return Err(why.clone());
        }
        let decision = self.memory.net.push_each(frame, |now| each(now))?;
        let usage = self.memory.net.usage();
        if usage.since(&self.marks[1]).heard >= self.hops_a_second() {
            self.marks = [self.marks[1], usage];
        }
        Ok(Activity {
            is_speech: self.memory.net.hears(),
            decision,
        })
    }

    /// Mean power on the file's board over the last one or two seconds: frames counted here, times
    /// what the file says that each takes; before the first frame, the power asleep. Where it
    /// does not say, the power is not known, and its text says which command writes it.
    pub fn current_power_mw(&self) -> Power {
        self.memory
            .net
            .power(&self.memory.net.usage().since(&self.marks[0]))
    }

    fn hops_a_second(&self) -> u32 {
        (self.memory.net.rate_hz() / self.memory.net.hop().max(1)).max(1)
    }

    /// What the file says that the network takes on a board, if it does.
    pub fn costs(&self) -> Option<Costs<'_>> {
        self.memory.net.costs()
    }

    /// Frames since the start.
    pub fn usage(&self) -> Usage {
        self.memory.net.usage()
    }

    /// The newest decision since the start.
    pub fn last(&self) -> Option<Decision<'_>> {
        self.memory.net.last()
    }

    /// Logits of the newest decision, Q8, one a class; empty before the first.
    pub fn logits(&self) -> &[i16] {
        self.memory.net.logits()
    }

    /// Name of a class; "" beyond them.
    pub fn label(&self, number: u32) -> &str {
        self.memory.net.label(number)
    }

    /// Number of classes.
    pub fn classes(&self) -> u32 {
        self.memory.net.classes()
    }

    /// Moments from one frame to the next.
    pub fn hop(&self) -> u32 {
        self.memory.net.hop()
    }

    /// Moments a second; 0: not known.
    pub fn rate_hz(&self) -> u32 {
        self.memory.net.rate_hz()
    }

    /// Samples of a moment.
    pub fn channels(&self) -> u32 {
        self.memory.net.channels()
    }

    /// Whether it decides after every frame.
    pub fn is_streaming(&self) -> bool {
        self.memory.net.is_streaming()
    }
}

impl core::fmt::Debug for LNN {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(
            f,
            "LNN of {} classes at {} Hz",
            self.classes(),
            self.rate_hz()
        )
    }
}
