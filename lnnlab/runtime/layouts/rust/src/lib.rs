// SPDX-License-Identifier: MIT
//! @{networks} of lnnlab: @{listed}. Each module holds a `.lnn` file in flash, and its sizes.
#![no_std]
#![deny(unsafe_op_in_unsafe_fn)]
#![allow(non_snake_case)] // models are called as their exporter wished

pub use liquid_audio_nets;

@{modules}
