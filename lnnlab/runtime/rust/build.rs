//! Builds the C core, or links an archive of it, and has a C compiler check what Rust takes for granted.
//!
//! A compiler is found by itself. What a build may set:
//!
//!     LNN_ARCHIVE  an archive of the core, such as target/liblnn.a: it is linked, nothing is built
//!     LNN_C        the folder of the core's C files
//!     LNN_CC       the compiler, with arguments: "zig cc -target ..."; also CC, of this machine
//!     LNN_AR       what makes archives; also AR
//!     LNN_CFLAGS   more for the compiler
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

#[path = "layout.rs"]
mod layout;

const PARTS: [&str; 20] = [
    "tables",
    "container",
    "check",
    "product",
    "kernels",
    "transform",
    "spectrum",
    "acf",
    "features",
    "mel",
    "cells",
    "convolution",
    "gate",
    "policy",
    "adaptive",
    "setup",
    "stream",
    "about",
    "denoise",
    "anomaly",
];
const HEADER: &str = "liquid_audio_lnn.h";

/// Targets whose cores a C compiler has to be told: prefix, arm-none-eabi-gcc's flags, clang's.
const CORES: [(&str, &str, &str); 5] = [
    (
        "thumbv7em-none-eabihf",
        "-mcpu=cortex-m4 -mthumb -mfloat-abi=hard -mfpu=fpv4-sp-d16",
        "",
    ),
    ("thumbv7em", "-mcpu=cortex-m4 -mthumb", "-mfloat-abi=soft"),
    ("thumbv7m", "-mcpu=cortex-m3 -mthumb", ""),
    ("thumbv6m", "-mcpu=cortex-m0 -mthumb", ""),
    ("thumbv8m.main", "-mcpu=cortex-m33 -mthumb", ""),
];

fn main() {
    for name in [
        "LNN_ARCHIVE",
        "LNN_C",
        "LNN_CC",
        "LNN_AR",
        "LNN_CFLAGS",
        "CC",
        "AR",
    ] {
        println!("cargo:rerun-if-env-changed={}", name);
    }
    for file in ["build.rs", "layout.rs"] {
        println!("cargo:rerun-if-changed={}", file);
    }
    let out = PathBuf::from(said("OUT_DIR").expect("cargo sets OUT_DIR"));
    let source = core_folder();
    let compiler = compiler();
    if let Some(archive) = said("LNN_ARCHIVE") {
        match &compiler {
            Some(compiler) => check_layout(compiler, &source, &out),
            None => println!(
                "cargo:warning=no C compiler: the layout of {} is not checked",
                archive
            ),
        }
        link(Path::new(&archive));
        return;
    }
    let compiler = compiler.unwrap_or_else(|| {
        stop("no C compiler: install cc, gcc, clang or zig, name one in LNN_CC, or an archive of the C core in LNN_ARCHIVE")
    });
    check_layout(&compiler, &source, &out);
    link(&build(&compiler, &source, &out));
}

fn said(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

/// One line, as cargo shows it, and the end.
fn stop(why: &str) -> ! {
    eprintln!("liquid_audio_nets: {}", why);
    std::process::exit(1)
}

/// Where the C lies: where lnnlab has it, or beside the crate in an exported project.
fn core_folder() -> PathBuf {
    let here = PathBuf::from(said("CARGO_MANIFEST_DIR").expect("cargo sets CARGO_MANIFEST_DIR"));
    let places = match said("LNN_C") {
        Some(named) => vec![PathBuf::from(named)],
        None => vec![here.join("../c"), here.join("../src")],
    };
    places
        .iter()
        .find(|place| place.join(HEADER).is_file())
        .cloned()
        .unwrap_or_else(|| {
            stop(&format!(
                "no {} in {}: name its folder in LNN_C",
                HEADER,
                places[0].display()
            ))
        })
}

/// The first command that runs, with what the target needs of it.
fn compiler() -> Option<Vec<String>> {
    let (host, target) = (said("HOST"), said("TARGET").unwrap_or_default());
    let own = host.as_deref() == Some(&target);
    if let Some(named) = said("LNN_CC").or_else(|| said("CC").filter(|_| own)) {
        let command = words(&named);
        if !runs(&command, "--version") {
            stop(&format!(
                "{}: named as the C compiler, and does not run",
                named
            ));
        }
        return Some(command);
    }
    let core = CORES.iter().find(|core| target.starts_with(core.0));
    let candidates = match core {
        Some((_, flags, _)) if target.starts_with("thumb") => vec![
            format!("arm-none-eabi-gcc {}", flags),
            format!(
                "clang --target={} {} {}",
                target,
                flags,
                core.map_or("", |core| core.2)
            ),
        ],
        _ if own => ["cc", "gcc", "clang", "zig cc", "python3 -m ziglang cc"]
            .map(String::from)
            .to_vec(),
        _ => vec![format!("clang --target={}", target)],
    };
    candidates
        .iter()
        .map(|each| words(each))
        .find(|command| runs(command, "--version"))
}

fn words(command: &str) -> Vec<String> {
    command.split_whitespace().map(String::from).collect()
}

/// Does a command run with this argument?
fn runs(command: &[String], argument: &str) -> bool {
    let mut call = Command::new(&command[0]);
    call.args(&command[1..])
        .arg(argument)
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    call.status().map_or(false, |status| status.success())
}

/// Run a command; what it says is the build's error.
fn run(what: &str, call: &mut Command) {
    match call.status() {
        Ok(status) if status.success() => {}
        Ok(status) => stop(&format!("{}: {:?} ended with {}", what, call, status)),
        Err(error) => stop(&format!("{}: {:?}: {}", what, call, error)),
    }
}

fn compile(compiler: &[String], source: &Path, file: &Path, object: &Path) -> Command {
    let mut call = Command::new(&compiler[0]);
    call.args(&compiler[1..])
        .args(["-std=c99", "-O2", "-DLNN_NO_STATIC"]);
    if said("CARGO_CFG_TARGET_OS").as_deref() == Some("none") {
        call.args([
            "-ffreestanding",
            "-fomit-frame-pointer",
            "-ffunction-sections",
        ]);
    } else if said("CARGO_CFG_TARGET_FAMILY").as_deref() == Some("unix") {
        call.arg("-fPIC");
    }
    call.args(words(&said("LNN_CFLAGS").unwrap_or_default()));
    call.arg("-I")
        .arg(source)
        .arg("-c")
        .arg(file)
        .arg("-o")
        .arg(object);
    call
}

/// Compile a file of which every line is an array of size -1 unless a row of the layout holds.
fn check_layout(compiler: &[String], source: &Path, out: &Path) {
    let narrow = said("CARGO_CFG_TARGET_POINTER_WIDTH").as_deref() == Some("32");
    let mut lines = vec![format!("#include \"{}\"", HEADER)];
    for (number, row) in layout::ROWS.iter().enumerate() {
        let value = if narrow { row.narrow } else { row.wide };
        lines.push(format!(
            "typedef char lnn_row_{}[({}) == {} ? 1 : -1];",
            number, row.c, value
        ));
    }
    let text = lines.join("\n") + "\n";
    let file = out.join("lnn_layout.c");
    fs::write(&file, text).unwrap_or_else(|error| stop(&format!("{}: {}", file.display(), error)));
    run(
        "the C core is not the one that this crate was written for (its header has another layout)",
        &mut compile(compiler, source, &file, &out.join("lnn_layout.o")),
    );
}

/// The archive of the core, in cargo's folder.
fn build(compiler: &[String], source: &Path, out: &Path) -> PathBuf {
    let files = if source.join("liquid_audio_lnn.c").is_file() {
        every_c_file(source) // of an exported project: the runtime in one file, and its models
    } else {
        PARTS
            .iter()
            .map(|part| source.join(format!("lnn_{}.c", part)))
            .collect()
    };
    println!("cargo:rerun-if-changed={}", source.display());
    let archive = out.join("liblnn.a");
    let _ = fs::remove_file(&archive); // an archiver adds to what there is
    let archiver = archiver(compiler);
    let mut pack = Command::new(&archiver[0]);
    pack.args(&archiver[1..]).arg("crs").arg(&archive);
    for file in files {
        let object = out
            .join(file.file_stem().expect("a C file"))
            .with_extension("o");
        run("the C core", &mut compile(compiler, source, &file, &object));
        pack.arg(object);
    }
    run("the archive of the C core", &mut pack);
    archive
}

fn every_c_file(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder)
        .unwrap_or_else(|error| stop(&format!("{}: {}", folder.display(), error)));
    let mut files: Vec<PathBuf> = entries
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| path.extension().map_or(false, |end| end == "c"))
        .collect();
    files.sort();
    files
}

fn archiver(compiler: &[String]) -> Vec<String> {
    if let Some(named) = said("LNN_AR").or_else(|| said("AR")) {
        return words(&named);
    }
    let mut candidates = vec![];
    if let Some(at) = compiler
        .iter()
        .position(|word| word == "cc")
        .filter(|at| *at > 0)
    {
        candidates.push([&compiler[..at], &["ar".to_string()]].concat()); // of zig
    }
    for name in ["ar", "llvm-ar", "arm-none-eabi-ar", "gcc-ar"] {
        candidates.push(vec![name.to_string()]);
    }
    candidates
        .into_iter()
        .find(|command| runs(command, "--version") || runs(command, "--help"))
        .unwrap_or_else(|| {
            stop("nothing that makes archives: install ar or llvm-ar, or name one in LNN_AR")
        })
}

/// Have rustc link an archive, whatever its name.
fn link(archive: &Path) {
    let (folder, name) = (
        archive.parent(),
        archive.file_name().and_then(|name| name.to_str()),
    );
    let library = name
        .and_then(|name| name.strip_prefix("lib"))
        .and_then(|name| name.strip_suffix(".a"));
    match (folder, library, archive.is_file()) {
        (Some(folder), Some(library), true) => {
            let folder = fs::canonicalize(if folder.as_os_str().is_empty() {
                Path::new(".")
            } else {
                folder
            });
            println!(
                "cargo:rustc-link-search=native={}",
                folder.expect("it holds a file").display()
            );
            println!("cargo:rustc-link-lib=static={}", library);
            println!("cargo:rerun-if-changed={}", archive.display());
        }
        (_, None, true) => stop(&format!("{}: call an archive libNAME.a", archive.display())),
        _ => stop(&format!("{}: no such archive", archive.display())),
    }
}
