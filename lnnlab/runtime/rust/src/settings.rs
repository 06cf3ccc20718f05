//! How a network works: as a stream, under a gate, anew.
use crate::{ffi, ComplexityMetric, Error, Gate, Net, StreamConfig};

impl Net<'_> {
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
            if ffi::lnn_set_streaming(&mut self.lent.state, shift, config.refractory) == 0 {
                return Err(Error::CannotStream);
            }
            ffi::lnn_set_threshold(&mut self.lent.state, config.threshold_q15);
        }
        self.forget();
        Ok(())
    }

    /// Decide after every window, though the file says that it is a stream; starts anew.
    pub fn set_windows(&mut self) {
        // SAFETY: the model is initialised.
        unsafe { ffi::lnn_set_windows(&mut self.lent.state) }
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
        let needed = unsafe { ffi::lnn_flux_arena_bytes(self.lent.file) };
        let flux = gate.config.complexity_estimator == ComplexityMetric::SpectralFlux;
        if flux && needed > self.lent.arena_bytes {
            return Err(Error::SmallArena { needed });
        }
        gate.apply(&mut self.lent.state, self.lent.arena_bytes)?;
        if !self.is_streaming() {
            self.set_streaming(&StreamConfig::default())?;
        }
        self.forget();
        Ok(())
    }

    /// The file's own policy again, or none; starts anew.
    pub fn set_own_policy(&mut self) {
        // SAFETY: the model is initialised.
        unsafe { ffi::lnn_set_adaptive_config(&mut self.lent.state, core::ptr::null()) };
        self.forget();
    }

    /// Forget all samples and states.
    pub fn reset(&mut self) {
        // SAFETY: the model is initialised.
        unsafe { ffi::lnn_reset(&mut self.lent.state) }
        self.forget();
    }

    fn forget(&mut self) {
        self.last = None;
        self.long_frames = 0;
    }
}
