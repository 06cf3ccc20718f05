"""One step of a network for other runtimes, in float32: ONNX, and TensorFlow Lite Micro.

``OTHER_RUNTIMES.md`` beside the C runtime shows how its files are run. :mod:`networks` records a
step as plain operations (:mod:`graph`), a module for each format writes them, and :mod:`export`
compares what was written with torch before it lies anywhere.
"""

GUIDE = "lnnlab/runtime/OTHER_RUNTIMES.md"
WINDOWED = ("needs the whole window at once, so it has no step to run in a stream; export an int8 "
            ".lnn of it as C, or train a recurrent model")
