//! When a network computes, and how it reports.
use crate::{ffi, Error};
use core::time::Duration;

/// What says that a sound is complex enough to be computed often.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ComplexityMetric {
    /// The samples' energy above a floor that follows the quiet. It costs no transform while it is
    /// quiet: choose it first.
    Energy,
    /// How far the features of a hop rise over those of the hop before, of a spectrum band by
    /// band. It hears what changes and is no louder; all features are computed, only the layers
    /// sleep.
    SpectralFlux,
}

/// How often a network computes, in the words of its users.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AdaptiveConfig {
    /// Between computed frames while the sound is complex; rounded down to hops, at least one.
    pub min_timestep: Duration,
    /// What may pass between them else; rounded down to hops, at most 255.
    pub max_timestep: Duration,
    /// What is looked at.
    pub complexity_estimator: ComplexityMetric,
}

impl Default for AdaptiveConfig {
    /// Every 20 ms, up to a second apart while it is quiet.
    fn default() -> Self {
        AdaptiveConfig {
            min_timestep: Duration::from_millis(20),
            max_timestep: Duration::from_secs(1),
            complexity_estimator: ComplexityMetric::Energy,
        }
    }
}

/// The same with thresholds, in the C core's whole numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gate {
    /// Timesteps, and what is looked at.
    pub config: AdaptiveConfig,
    /// Where it opens. Of [`ComplexityMetric::Energy`] octaves of energy above the floor, Q10; of
    /// [`ComplexityMetric::SpectralFlux`] int8 steps that a feature rises by on average, Q8.
    pub open: i16,
    /// It stays open from here on; at most `open`.
    pub close: i16,
    /// It stays open so long after; rounded down to hops.
    pub hangover: Duration,
}

const RANGES: &str =
    "choose 0 < min_timestep <= max_timestep, of 255 hops and 65 s at most, close \
                      <= open, and of a flux gate open times the number of features below 2^23";

impl From<AdaptiveConfig> for Gate {
    /// The usual thresholds: energy opens at 1.44 octaves (a factor of e), flux at a mean rise of
    /// 4 steps of int8, which steady noise hardly reaches, and closes below 2; both stay for 200 ms.
    fn from(config: AdaptiveConfig) -> Self {
        let (open, close) = match config.complexity_estimator {
            ComplexityMetric::Energy => (1478, 1478),
            ComplexityMetric::SpectralFlux => (4 << 8, 2 << 8),
        };
        Gate {
            config,
            open,
            close,
            hangover: Duration::from_millis(200),
        }
    }
}

impl Gate {
    /// Timesteps and hangover, ms.
    fn times_ms(&self) -> Result<(u16, u16, u16), Error> {
        let ms =
            |time: Duration| u16::try_from(time.as_millis()).map_err(|_| Error::Config(RANGES));
        let (least, most) = (self.config.min_timestep, self.config.max_timestep);
        if least.is_zero() || most < least {
            return Err(Error::Config(RANGES));
        }
        Ok((ms(least)?.max(1), ms(most)?.max(1), ms(self.hangover)?))
    }

    /// Set it; `arena_bytes`: of the arena that the model has.
    pub(crate) fn apply(&self, model: &mut ffi::Model, arena_bytes: u32) -> Result<(), Error> {
        let (min_timestep_ms, max_timestep_ms, hangover_ms) = self.times_ms()?;
        // SAFETY: the model is initialised, the config is copied, and the arena has that size.
        let taken = unsafe {
            match self.config.complexity_estimator {
                ComplexityMetric::Energy => {
                    let config = ffi::Adaptive {
                        min_timestep_ms,
                        max_timestep_ms,
                        energy_threshold_q10: self.open,
                        close_threshold_q10: self.close,
                        hangover_ms,
                    };
                    ffi::lnn_set_adaptive_config(model, &config)
                }
                ComplexityMetric::SpectralFlux => {
                    let config = ffi::Flux {
                        min_timestep_ms,
                        max_timestep_ms,
                        flux_threshold_q8: self.open,
                        close_threshold_q8: self.close,
                        hangover_ms,
                    };
                    ffi::lnn_set_flux_config(model, &config, arena_bytes)
                }
            }
        };
        if taken == 0 {
            return Err(Error::Config(RANGES));
        }
        Ok(())
    }
}

/// How a stream's probabilities become reports. A file's own settings hold unless these are set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StreamConfig {
    /// Probabilities move by 2^-shift of the difference a frame, 0 to 8.
    pub smoothing_shift: u8,
    /// Frames of silence after a report.
    pub refractory: u16,
    /// Smoothed probability that is a report, Q15, above 0.
    pub threshold_q15: i16,
}

impl Default for StreamConfig {
    /// As files have it that say nothing: 8 frames, 25 frames, 0.8.
    fn default() -> Self {
        StreamConfig {
            smoothing_shift: 3,
            refractory: 25,
            threshold_q15: 26214,
        }
    }
}
