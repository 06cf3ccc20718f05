"""The voices of both synthesisers that read words aloud."""

# eSpeak NG's: accents as often as they are drawn, each with any of the timbres
ACCENTS = ("en-us", "en-us", "en-us", "en-gb", "en-gb-x-rp", "en-gb-scotland", "en-gb-x-gbclan",
           "en-gb-x-gbcwmd", "en-029", "en-us-nyc")
TIMBRES = (
    "m1", "m2", "m3", "m4", "m5", "m6", "m7", "m8", "f1", "f2", "f3", "f4", "f5", "adam", "Alex",
    "Alicia", "Andrea", "Andy", "Annie", "antonio", "aunty", "belinda", "benjamin", "boris",
    "caleb", "david", "Denis", "Diogo", "ed", "edward", "Gene", "gustave", "Henrique", "Hugo",
    "iven", "iven2", "iven3", "john", "Lee", "linda", "marcelo", "Marco", "Mario", "max", "Michael",
    "michel", "pablo", "paul", "pedro", "quincy", "rob", "robert", "steph", "steph2",
    "steph3", "travis", "victor", "zac", "anika", "grandma", "grandpa", "norbert", "sandro",
    "shelby", "klatt", "klatt2", "klatt3", "klatt4")
RECORDED = {"slt": 180, "rms": 110, "awb": 120, "kal16": 105}  # Flite's voices → mean pitch, Hz
