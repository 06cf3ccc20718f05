"""Sound files as recorders and tools write them: read to the sample, or refused in one line."""

import io
import struct

import numpy as np
import pytest
import soundfile
from scipy import signal

from lnnlab.data.sounds.file import read_sound
from lnnlab.data.wav import read_wav
from lnnlab.errors import UserError

RATE = 16_000
NUMBERS = np.round(12_000 * np.sin(2 * np.pi * 440 * np.arange(RATE) / RATE)).astype("<i2")
WANTED = (NUMBERS / 32768).astype(np.float32)
LENGTHLESS = "its header lacks the length: read to the end"


def chunk(name, content, length=None, pad=True):
    length = len(content) if length is None else length
    return name + struct.pack("<I", length) + content + b"\0" * (pad and len(content) % 2)


def form(tag=1, channels=1, rate=RATE, bits=16, align=None, extra=b""):
    width = channels * ((bits + 7) // 8)
    align = width if align is None else align
    return struct.pack("<HHIIHH", tag, channels, rate, rate * align, align, bits) + extra


def wav(*chunks, name=b"RIFF", length=None):
    body = b"WAVE" + b"".join(chunks)
    return name + struct.pack("<I", len(body) if length is None else length) + body


def read(tmp_path, content, name="a.wav"):
    (tmp_path / name).write_bytes(content)
    return read_wav(tmp_path / name)


FMT, DATA = chunk(b"fmt ", form()), chunk(b"data", NUMBERS.tobytes())
INFO = chunk(b"LIST", b"INFO" + chunk(b"ISFT", b"Lavf58.76.100\0"))


@pytest.mark.parametrize("riff, data", [
    (0, 0), (0xFFFFFFFF, 0xFFFFFFFF), (0x7FFFFFFF, 0x7FFFFFFF), (0x7FFFF024, 0x7FFFF000),
    (0x80000024, 0x80000000), (None, 0), (0, 0xFFFFFFFF), (36, 0),
])
def test_a_stream_without_a_length_is_read_to_the_end(tmp_path, riff, data):
    for before in (b"", INFO):
        content = wav(FMT, before, chunk(b"data", NUMBERS.tobytes(), data), length=riff)
        x, said = read(tmp_path, content)
        np.testing.assert_array_equal(x, WANTED)
        assert said == LENGTHLESS


def test_a_stream_of_silence_is_read_to_the_end(tmp_path):
    x, said = read(tmp_path, wav(FMT, chunk(b"data", bytes(32_000), 0), length=0))
    assert len(x) == RATE and not x.any() and said == LENGTHLESS


@pytest.mark.parametrize("content", [
    wav(chunk(b"junk", bytes(28)), FMT, DATA),
    wav(chunk(b"bext", bytes(603)), FMT, INFO, DATA),
    wav(chunk(b"bext", bytes(603), pad=False), FMT, DATA),
    wav(FMT, chunk(b"fact", struct.pack("<I", 7)), DATA, chunk(b"id3 ", b"ID3" + bytes(31))),
    wav(FMT, DATA, INFO, chunk(b"cue ", bytes(28)), chunk(b"smpl", bytes(36))),
    wav(FMT, DATA, chunk(b"LIST", b"INFOISFT\x03\0\0\0abc", pad=False)),
    wav(FMT, chunk(b"LIST", b"INFO", 0x00FFFFFF), DATA),
    wav(FMT, DATA, bytes(468)),
    wav(FMT, DATA, length=0), wav(FMT, DATA, length=0xFFFFFFFF), wav(FMT, DATA, length=20),
    wav(chunk(b"fmt ", form(align=0)), DATA),
    wav(chunk(b"fmt ", form(extra=bytes(2))), DATA),
    wav(chunk(b"fmt ", form(bits=0, align=2)), DATA),
])
def test_chunks_around_the_samples_and_lengths_of_the_file_do_not_matter(tmp_path, content):
    x, said = read(tmp_path, content)
    np.testing.assert_array_equal(x, WANTED)
    assert said == ""


@pytest.mark.parametrize("name", [b"RF64", b"BW64"])
def test_headers_of_64_bits_are_read(tmp_path, name):
    sizes = struct.pack("<QQQI", 40 + len(NUMBERS) * 2, len(NUMBERS) * 2, len(NUMBERS), 0)
    samples = chunk(b"data", NUMBERS.tobytes(), 0xFFFFFFFF)
    content = wav(chunk(b"ds64", sizes), FMT, samples, INFO, name=name, length=0xFFFFFFFF)
    x, said = read(tmp_path, content)
    np.testing.assert_array_equal(x, WANTED)
    assert said == ""


@pytest.mark.parametrize("valid, mask, more", [(16, 4, 0), (16, 0, 0), (12, 0, 8), (16, 0xFFFF, 2)])
def test_the_extensible_format_is_read(tmp_path, valid, mask, more):
    guid = struct.pack("<H", 1) + bytes.fromhex("000000001000800000aa00389b71")
    extra = struct.pack("<HHI", 22 + more, valid, mask) + guid + bytes(more)
    x, said = read(tmp_path, wav(chunk(b"fmt ", form(0xFFFE, extra=extra)), DATA))
    np.testing.assert_array_equal(x, WANTED)
    assert said == ""


@pytest.mark.parametrize("bits", [16, 24])
def test_samples_may_lie_in_wider_containers(tmp_path, bits):
    wide = (NUMBERS.astype("<i4") << 16).tobytes()
    content = wav(chunk(b"fmt ", form(bits=bits, align=4)), chunk(b"data", wide))
    np.testing.assert_array_equal(read(tmp_path, content)[0], WANTED)


def test_an_extensible_float_is_a_float(tmp_path):
    guid = struct.pack("<H", 3) + bytes.fromhex("000000001000800000aa00389b71")
    extra = struct.pack("<HHI", 22, 32, 4) + guid
    content = wav(chunk(b"fmt ", form(0xFFFE, bits=32, extra=extra)),
                  chunk(b"data", WANTED.tobytes()))
    np.testing.assert_array_equal(read(tmp_path, content)[0], WANTED)


CODINGS = {
    "PCM_U8": 1 / 128, "PCM_24": 1e-6, "PCM_32": 1e-6, "FLOAT": 1e-7, "DOUBLE": 1e-7,
    "ALAW": 0.02, "ULAW": 0.02, "IMA_ADPCM": 0.05, "MS_ADPCM": 0.05,
}


@pytest.mark.parametrize("subtype, endian, tolerance", [
    (subtype, endian, tolerance) for subtype, tolerance in CODINGS.items()
    for endian in ("LITTLE", "BIG")
    if (endian, subtype[-5:]) != ("BIG", "ADPCM")  # which nobody writes
])
def test_every_coding_of_wav_is_read(tmp_path, subtype, endian, tolerance):
    soundfile.write(tmp_path / "a.wav", WANTED, RATE, subtype, endian=endian)
    x, said = read_wav(tmp_path / "a.wav")
    np.testing.assert_allclose(x[100:RATE], WANTED[100:], atol=tolerance)  # ADPCM swings in
    assert said == ""


@pytest.mark.parametrize("name, kind, tolerance", [
    ("a.flac", "FLAC", 1e-6), ("a.aiff", "AIFF", 1e-6), ("a.au", "AU", 1e-6),
    ("a.w64", "W64", 1e-6), ("a.caf", "CAF", 1e-6), ("a.ogg", "OGG", 0.05), ("a.mp3", "MP3", 0.05),
])
def test_other_kinds_of_files_are_read_whatever_they_are_called(tmp_path, name, kind, tolerance):
    soundfile.write(tmp_path / name, WANTED, RATE)
    for called in (name, "b.wav"):
        (tmp_path / name).rename(tmp_path / called)
        sound = read_sound(tmp_path / called)
        (tmp_path / called).rename(tmp_path / name)
        assert sound.kind == kind and sound.rate_hz == RATE and sound.changes == ()
        middle = slice(1000, 15_000)
        np.testing.assert_allclose(sound.x[middle], WANTED[middle], atol=tolerance)


def test_opus_is_read(tmp_path):
    soundfile.write(tmp_path / "a.opus", WANTED, RATE, format="OGG", subtype="OPUS")
    x, _ = read_wav(tmp_path / "a.opus")
    assert abs(np.corrcoef(x[2000:14_000], WANTED[2000:14_000])[0, 1]) > 0.99


def test_a_flac_stream_without_a_length_is_read_to_the_end(tmp_path):
    memory = io.BytesIO()
    soundfile.write(memory, WANTED, RATE, format="FLAC")
    content = bytearray(memory.getvalue())
    content[21] &= 0xF0
    content[22:26] = bytes(4)  # the count of samples
    x, said = read(tmp_path, bytes(content), "a.flac")
    np.testing.assert_allclose(x, WANTED, atol=1e-6)
    assert said == ""


@pytest.mark.parametrize("name", ["a.wav", "a.flac", "a.aiff", "a.au", "a.w64", "a.ogg", "a.mp3"])
def test_a_file_cut_in_half_is_one_line(tmp_path, name, capfd):
    soundfile.write(tmp_path / name, WANTED, RATE)
    content = (tmp_path / name).read_bytes()
    with pytest.raises(UserError, match=f"{name}: is (truncated|no readable sound file)") as error:
        read(tmp_path, content[: len(content) // 2], name)
    assert "\n" not in str(error.value) and "remove it" in str(error.value)
    assert not capfd.readouterr().err


@pytest.mark.parametrize("subtype", ["VORBIS", "OPUS"])
def test_an_ogg_that_is_cut_is_told_by_its_last_page(tmp_path, subtype):
    soundfile.write(tmp_path / "a.ogg", np.tile(WANTED, 5), RATE, format="OGG", subtype=subtype)
    content = (tmp_path / "a.ogg").read_bytes()
    for whole in (content, content + content, content + b"TAG" + bytes(125), content + bytes(2000)):
        assert len(read(tmp_path, whole, "b.ogg")[0]) >= len(WANTED)
    for share in (0.5, 0.99):
        with pytest.raises(UserError, match="b.ogg: is truncated"):
            read(tmp_path, content[: int(share * len(content))], "b.ogg")


def test_a_second_chunk_of_samples_is_said(tmp_path):
    x, said = read(tmp_path, wav(FMT, DATA, INFO, DATA))
    np.testing.assert_array_equal(x, WANTED)
    assert said == "a second chunk of samples stands behind the first and is left out"


@pytest.mark.parametrize("content, words", [
    (b"\x00\x05\x16\x07" + bytes(60), "a Mac's note"), (bytes(3000), "begins with zeros"),
    (b"version https://git-lfs.github.com/spec/v1\n", "git lfs pull"),
    (b"\0\0\0\x20ftypM4A " + bytes(60), "AAC, as phones record"),
    (b"\x1a\x45\xdf\xa3" + bytes(60), "WebM"), (b"<!DOCTYPE html><html>", "failed download"),
    (b"#!AMR\n" + bytes(60), "AMR"), (b"RIFF\x24\0\0\0AVI LIST" + bytes(60), "'AVI '"),
    (b"RIFF", "no readable wav"), (wav(FMT), "ends before its samples"),
    (wav(FMT)[:30], "ends before its format"), (wav(chunk(b"fmt ", bytes(4)), DATA), "cut short"),
    (wav(chunk(b"fmt ", form(channels=0)), DATA), "0 channels"),
    (wav(chunk(b"fmt ", form(rate=0)), DATA), "at 0 Hz"),
    (wav(chunk(b"fmt ", form(rate=50)), DATA), "announces 50 samples a second"),
    (wav(chunk(b"fmt ", form(rate=4_000_000_000 // 2)), DATA), "2000000000 samples a second"),
    (wav(chunk(b"fmt ", form(tag=0x161)), DATA), "no readable wav"),
    (wav(FMT, chunk(b"data", b"")), "holds no samples"),
    (wav(FMT, chunk(b"data", b""), INFO), "holds no samples"),
    (wav(FMT, chunk(b"data", b"a")), "holds no samples"),
])
def test_what_is_no_sound_is_one_line(tmp_path, content, words):
    with pytest.raises(UserError, match=words) as error:
        read(tmp_path, content)
    assert "\n" not in str(error.value) and "a.wav" in str(error.value)


def test_headers_that_announce_a_little_too_much_or_a_part_are_said(tmp_path):
    x, said = read(tmp_path, wav(FMT, chunk(b"data", NUMBERS.tobytes(), len(NUMBERS) * 2 + 36)))
    assert len(x) == RATE and said == "its header announces 36 bytes too many"
    x, said = read(tmp_path, wav(FMT, chunk(b"data", NUMBERS.tobytes(), 512)))
    np.testing.assert_array_equal(x, WANTED)
    assert said == "its header announces a part of what is there: read to the end"
    x, said = read(tmp_path, wav(FMT, DATA) + b"\xff\x01 some footer")
    np.testing.assert_array_equal(x, WANTED)
    assert said == "14 bytes behind the samples are left out"
    x, said = read(tmp_path, wav(FMT, DATA) * 2)
    np.testing.assert_array_equal(x, WANTED)
    assert said.startswith("a second recording")


@pytest.mark.parametrize("kind", ["float32", "float64"])
@pytest.mark.parametrize("scale, divisor", [
    (1.0, ""), (2.7, "peak"), (2.0**15, "32768"), (2.0**23, "8388608"), (2.0**31, "2147483648"),
])
def test_floats_of_any_scale_end_within_full_scale(tmp_path, kind, scale, divisor):
    values = (WANTED * scale).astype(kind)
    soundfile.write(tmp_path / "a.wav", values, RATE, "FLOAT" if kind == "float32" else "DOUBLE")
    x, said = read_wav(tmp_path / "a.wav")
    if divisor == "peak":
        divisor, scale = f"{np.abs(values).max():.4g}", np.abs(values).max()
        assert said == "" if scale <= 1 else said
    np.testing.assert_allclose(x, values / max(scale, 1.0), atol=1e-6)
    assert np.abs(x).max() <= 1
    if np.abs(values).max() > 1:
        assert said.startswith("samples above full scale, divided by ")


@pytest.mark.parametrize("name", ["a.ogg", "a.mp3"])
def test_what_a_lossy_decoder_makes_too_loud_is_brought_to_full_scale(tmp_path, name):
    square = np.sign(np.sin(2 * np.pi * 440 * np.arange(RATE) / RATE)) * 0.99
    soundfile.write(tmp_path / name, square, RATE)
    peak = np.abs(soundfile.read(tmp_path / name)[0]).max()
    x, said = read_wav(tmp_path / name)
    assert peak > 1 and np.abs(x).max() <= 1
    assert said == f"samples above full scale, divided by {peak:.4g}"


def test_quiet_counts_kept_as_floats_are_counts(tmp_path):
    quiet = np.round(np.sin(np.arange(RATE) / 9) * 5)
    soundfile.write(tmp_path / "a.wav", quiet, RATE, "FLOAT")
    np.testing.assert_allclose(read_wav(tmp_path / "a.wav")[0], quiet / 32768, atol=1e-9)


def test_channels_are_mixed_and_those_that_cancel_are_not(tmp_path):
    soundfile.write(tmp_path / "a.wav", np.stack([WANTED, WANTED, 0 * WANTED, WANTED], 1), RATE)
    x, said = read_wav(tmp_path / "a.wav")
    np.testing.assert_allclose(x, WANTED, atol=1e-6)
    assert said == "1 of 4 channels silent throughout and left out, 3 channels mixed down"
    soundfile.write(tmp_path / "a.wav", np.stack([WANTED, -0.9999 * WANTED], 1), RATE)
    x, said = read_wav(tmp_path / "a.wav")
    np.testing.assert_allclose(x, WANTED, atol=1e-4)
    assert said == "2 channels cancel, the loudest taken"


@pytest.mark.parametrize("rate", [8000, 11_025, 22_050, 44_100, 48_000, 96_000])
def test_rates_are_resampled_as_scipy_does(tmp_path, rate):
    tone = 0.5 * np.sin(2 * np.pi * 440 * np.arange(rate) / rate)
    soundfile.write(tmp_path / "a.wav", tone, rate, "DOUBLE")
    x, said = read_wav(tmp_path / "a.wav")
    divisor = np.gcd(rate, RATE)
    np.testing.assert_array_equal(
        x, signal.resample_poly(tone, RATE // divisor, rate // divisor).astype(np.float32))
    assert said == f"resampled from {rate} to 16000 Hz"


def test_a_dead_channel_is_left_out_and_does_not_halve_the_live_one(tmp_path):
    for dead in (0, 3277):
        both = np.stack([NUMBERS, np.full_like(NUMBERS, dead)], 1)
        x, said = read(tmp_path, wav(chunk(b"fmt ", form(channels=2)),
                                     chunk(b"data", both.tobytes())))
        np.testing.assert_array_equal(x, WANTED)
        assert said == "1 of 2 channels silent throughout and left out"


def test_a_constant_is_silence_like_zeros(tmp_path):
    for value in (0.0, 0.25):
        soundfile.write(tmp_path / "a.wav", np.full(8_000, value), 8_000)
        assert read_sound(tmp_path / "a.wav").silent
