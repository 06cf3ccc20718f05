//! What is refused, in a line each.
use core::fmt;

/// Why a call was refused: one line that says what is wrong and what to do.
///
/// `{:?}` gives the same line as `{}`, as that is what a `main` that returns an error prints.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// The file is no `.lnn` file, damaged, or of a newer lnnlab.
    File {
        /// `lnn_status_t` of the C.
        status: i32,
        /// What it means.
        why: &'static str,
        /// Offset in the file of what failed.
        at: u32,
    },
    /// The memory lent to the network is too small.
    SmallArena {
        /// Bytes that it needs.
        needed: u32,
    },
    /// The network decides on whole windows.
    CannotStream,
    /// The network cannot follow a timestep policy.
    CannotAdapt,
    /// A field of a configuration is out of its range; the text says which range.
    Config(&'static str),
    /// A buffer is no whole number of moments.
    Channels {
        /// Samples of a moment that the network takes.
        model: u32,
    },
    /// Sound of another kind than the network was made for.
    Source {
        /// Moments a second, and samples of a moment, of the sound.
        sound: (u32, u32),
        /// The same of the network.
        model: (u32, u32),
    },
    /// The file's outputs are no gains of bands.
    NoGains,
    /// The file's outputs are no expected features.
    NoAnomalyScore,
    /// A buffer is of another length than it has to be.
    Length {
        /// Samples of the buffer.
        given: usize,
        /// Samples that it has to hold.
        wanted: usize,
    },
    /// The file does not say what the network takes on a board.
    NoCosts,
    /// The network knows no sampling rate, so nothing is known a second.
    NoRate,
    /// A file, a stream or a microphone: what is wrong, with its name.
    #[cfg(feature = "std")]
    Io(std::string::String),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::File { why, at, .. } => write!(f, "{} (at byte {})", why, at),
            Error::SmallArena { needed } => {
                write!(
                    f,
                    "the arena is too small: the network needs {} bytes",
                    needed
                )
            }
            Error::CannotStream => f.write_str(
                "the network cannot stream: it decides on whole windows, as one without a leaky \
                 pool does; train a keyword_... network",
            ),
            Error::CannotAdapt => f.write_str(
                "the network cannot have a timestep policy: it needs a leaky pool behind \
                 LinearLTC, mix and dense layers, and hop <= frame",
            ),
            Error::Config(why) => f.write_str(why),
            Error::Channels { model } => {
                write!(
                    f,
                    "the samples are no whole moments of {} channels side by side",
                    model
                )
            }
            Error::Source { sound, model } => write!(
                f,
                "the sound has {} moments a second of {} channels, the network was made for {} of \
                 {}; resample or mix it, or train a network on such sound",
                sound.0, sound.1, model.0, model.1
            ),
            Error::NoGains => f.write_str(
                "the outputs are no gains of bands (the file has no section GAIN): open it as LNN or \
                 Net, or train a network with --task denoise",
            ),
            Error::NoAnomalyScore => f.write_str(
                "the outputs are no expected features (the file has no section ANOM): open it as LNN \
                 or Net, or train a network with --task anomaly",
            ),
            Error::Length { given, wanted } => {
                write!(f, "a buffer of {} samples, where {} are wanted", given, wanted)
            }
            Error::NoCosts => f.write_str(
                "the file has no costs on a board; liquid-profile --device BOARD --model FILE.lnn \
                 --write-costs FILE.lnn writes them",
            ),
            Error::NoRate => f.write_str(
                "the network knows no sampling rate, so no power; train it with rate_hz",
            ),
            #[cfg(feature = "std")]
            Error::Io(what) => f.write_str(what),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(feature = "std")]
impl std::error::Error for Error {}
