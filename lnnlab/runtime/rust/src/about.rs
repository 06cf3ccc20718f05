//! What a network says of itself, of what it heard, and of what that took.
use crate::checked::text;
use crate::{ffi, Costs, Decision, Net, Power, Usage};

impl<'m> Net<'m> {
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
        let threshold_q15 = unsafe { ffi::lnn_threshold_q15(&self.lent.state) };
        matches!(self.last, Some(now) if u32::from(now.label) < self.keywords()
            && now.confidence_q15 >= threshold_q15)
    }

    /// What happened since the start: frames that ended, and that were computed.
    pub fn usage(&self) -> Usage {
        // SAFETY: the model is initialised.
        let counts = unsafe { ffi::lnn_counts(&self.lent.state) };
        Usage {
            heard: counts.heard,
            computed: counts.computed,
            long: self.long_frames,
        }
    }

    /// What the file says that the network takes on a board, if it does.
    pub fn costs(&self) -> Option<Costs<'m>> {
        // SAFETY: the file was checked, costs and all, and lives for 'm.
        unsafe { ffi::lnn_costs(self.lent.file).as_ref() }.map(Costs::new)
    }

    /// Mean power of so much use: frames counted, times what the file says that each takes.
    pub fn power(&self, usage: &Usage) -> Power {
        // SAFETY: the model is initialised.
        let kind = unsafe { ffi::lnn_policy_kind(&self.lent.state) };
        let hop_s = match self.rate_hz() {
            0 => 0.0,
            rate_hz => self.lent.hop as f32 / rate_hz as f32,
        };
        Power::of(self.costs(), kind.max(0) as usize, hop_s, usage)
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

    /// Number of classes.
    pub fn classes(&self) -> u32 {
        // SAFETY: the model is initialised.
        unsafe { ffi::lnn_classes(&self.lent.state) }
    }

    /// Of these, the first so many are keywords, the rest is background.
    pub fn keywords(&self) -> u32 {
        // SAFETY: the model is initialised.
        unsafe { ffi::lnn_keywords(&self.lent.state) }
    }

    /// Name of a class; "" beyond them.
    pub fn label(&self, number: u32) -> &'m str {
        // SAFETY: a NUL-terminated label of the checked file, which lives for 'm, or a constant.
        unsafe { text(ffi::lnn_label(&self.lent.state, number)) }
    }

    /// Whether it decides after every frame.
    pub fn is_streaming(&self) -> bool {
        // SAFETY: the model is initialised.
        unsafe { ffi::lnn_is_streaming(&self.lent.state) != 0 }
    }

    /// Whether it can follow a timestep policy.
    pub fn can_adapt(&self) -> bool {
        // SAFETY: the model is initialised.
        unsafe { ffi::lnn_can_adapt(&self.lent.state) != 0 }
    }

    /// Moments that may pass before [`Net::push`] has anything to do but keep them; at least 1.
    pub fn sleep_moments(&self) -> u32 {
        // SAFETY: the model is initialised.
        unsafe { ffi::lnn_sleep_moments(&self.lent.state) }
    }
}
