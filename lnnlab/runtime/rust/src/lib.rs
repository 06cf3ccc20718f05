//! Liquid networks on streams of sound: a safe interface over a fuzzed C core.
//!
//! A network is a `.lnn` file, as lnnlab writes it. [`LNN`] owns one and its memory; choose it on a
//! computer. [`Net`] borrows both from its caller, needs neither heap nor `std`, and runs on
//! microcontrollers; choose it there, with `default-features = false`. Both say what a network decides;
//! [`Denoiser`] and [`DenoiserNet`] make sound quieter with one whose outputs are gains of bands,
//! [`AnomalyDetector`] and [`AnomalyNet`] score sound by one whose outputs are the next features.
//!
//! ```no_run
//! use liquid_audio_nets::{AudioStream, LNN};
//!
//! fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     let mut model = LNN::load("voice_activity.lnn")?;
//!     for frame in AudioStream::from_mic(16_000)?.frames() {
//!         if model.detect_activity(&frame)?.is_speech {
//!             println!("speech, at {:.2} mW", model.current_power_mw());
//!         }
//!     }
//!     Ok(())
//! }
//! ```
//!
//! What is safe and why: the C checks a file whole before it reads on, and its loader is fuzzed; it
//! keeps no state but the one in a model and in the memory lent to it, allocates nothing and calls
//! no library. Rust holds that this memory outlives the model, that nobody else touches it, and
//! that one thread at a time is in it. Structures and constants of both sides are compared when
//! the crate is built.
#![cfg_attr(not(feature = "std"), no_std)]
#![deny(unsafe_op_in_unsafe_fn)]
#![warn(missing_docs)]

mod about;
#[cfg(all(feature = "std", target_os = "linux"))]
mod alsa;
mod anomaly;
#[cfg(feature = "std")]
mod audio;
mod checked;
mod decision;
mod denoiser;
mod error;
mod ffi;
mod gate;
mod lent;
#[cfg(feature = "std")]
mod memory;
mod net;
#[cfg(feature = "std")]
mod owned;
mod power;
#[cfg(feature = "std")]
mod services;
mod settings;
mod sound;
#[cfg(feature = "std")]
mod wav;

pub use anomaly::{AnomalyNet, Scored};
#[cfg(feature = "std")]
pub use audio::{AudioStream, Frame, Frames};
pub use decision::{Aligned, Decision};
pub use denoiser::DenoiserNet;
pub use error::Error;
pub use gate::{AdaptiveConfig, ComplexityMetric, Gate, StreamConfig};
pub use net::Net;
#[cfg(feature = "std")]
pub use owned::{Activity, LNN};
pub use power::{Costs, Power, Usage};
#[cfg(feature = "std")]
pub use services::{AnomalyDetector, Denoiser};
pub use sound::Sound;
