//! Stands in for compiler_builtins where a core library is built for one test: nothing calls it.
#![feature(compiler_builtins, no_core, staged_api)]
#![compiler_builtins]
#![no_std]
#![unstable(feature = "compiler_builtins_lib", issue = "none")]
