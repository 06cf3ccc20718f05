"""What names of columns mean."""

from lnnlab.data.tables.units import words_of

LABEL_NAMES = ("label", "labels", "class", "classes", "target", "state", "condition", "activity",
               "category", "gesture", "fault", "status", "klasse", "zustand", "etikett", "classe")
GROUP_NAMES = {
    "recording", "session", "subject", "user", "machine", "device", "file", "filename", "trial",
    "run", "person", "speaker", "bearing", "patient", "participant", "experiment", "segment",
    "rig", "unit", "node", "fold", "part", "split", "source", "id", "number",
}
KEY_NAMES = {"sensor", "channel", "axis", "variable", "topic", "key", "quantity", "measurement"}
INDEX_NAMES = {
    "unnamed", "index", "idx", "id", "no", "nr", "n", "i", "sample", "samples", "row", "frame",
    "counter", "packetcounter", "packet", "pkt", "nseq", "tick", "ticks", "count", "seq",
    "sequence", "record", "point", "number",
}
TIME_NAMES = {
    "time", "timestamp", "timestamps", "datetime", "date", "datum", "zeit", "zeitstempel",
    "uhrzeit", "temps", "tiempo", "tempo", "clock", "epoch", "datenum", "elapsed",
    "uptime", "t", "ts", "x_value", "horodatage", "heure", "hora", "orario", "tid", "tidsstämpel",
    "tijd", "czas", "čas", "aika", "время", "时间", "時間", "時刻",
}
STEPS = ({"dt"}, {"delta", "t"}, {"delta", "time"}, {"time", "diff"}, {"timedelta"},
         {"deltat"})  # words of columns of times since the row before
SETTINGS = {"temperature", "temp", "humidity", "weather", "rpm", "speed", "load", "voltage",
            "current", "distance", "location", "place", "site", "room"}  # what may be classes too
HOW = {  # words in headings of lists that say how, when or by whom a recording was made
    *GROUP_NAMES, *TIME_NAMES, *KEY_NAMES, "recorded", "created", "modified", "day", "hour",
    "start", "begin", "end", "stop", "duration", "length", "rows", "samples", "size", "bytes",
    "rate", "hz", "operator", "author", "recorder", "by", "comment", "comments", "remark",
    "remarks", "note", "notes", "bemerkung", "kommentar", "sha", "sha1", "sha256", "sha512",
    "md5", "crc", "crc32", "checksum", "hash", "gain", "mic", "microphone", "serial", "firmware",
    "version", "url", "path", "folder", "directory", "license", "licence", *SETTINGS,
}
MOST_CLASSES = 1000


def says_setting(heading: str) -> bool:
    """Whether a heading says under what setting, such as a load, a recording was made."""
    return bool(set(words_of(heading)) & SETTINGS)


def says_how(heading: str) -> bool:
    """Whether a heading says how a recording was made, and not what it is of."""
    words = set(words_of(heading))
    return bool(words & HOW) and not words & set(LABEL_NAMES)
