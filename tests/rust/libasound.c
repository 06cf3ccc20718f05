/* A stand-in for ALSA: its microphone is the file "microphone", and is unplugged at its end. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NO_DEVICE (-19)
#define LOST (-32)

int snd_lib_error_set_handler(void (*handler)(const char *, int, const char *, int, const char *, ...)) {
    handler("file", 1, "function", 2, "%d", 3);
    return 0;
}

int snd_pcm_open(void **pcm, const char *name, int stream, int mode) {
    if (stream != 1 || mode) return -22;
    if (strcmp(name, "default")) return -2;
    *pcm = fopen("microphone", "rb");
    return *pcm ? 0 : NO_DEVICE;
}

int snd_pcm_set_params(void *pcm, int format, int access, unsigned channels, unsigned rate,
                       int resample, unsigned latency_us) {
    (void)pcm;
    return format == 2 && access == 3 && channels == 1 && rate <= 192000 && resample && latency_us
        ? 0 : -22;
}

/* Now and then less than what was asked for, and once in a while what was lost meanwhile. */
long snd_pcm_readi(void *pcm, void *to, unsigned long count) {
    static int calls;
    if (++calls % 10 == 4) return LOST;
    const size_t got = fread(to, 2, calls % 3 && count > 100 ? 100 : count, pcm);
    return got ? (long)got : NO_DEVICE;
}

int snd_pcm_recover(void *pcm, int error, int silent) {
    (void)pcm;
    return error == LOST && silent ? 0 : error;
}

int snd_pcm_close(void *pcm) { return fclose(pcm); }

const char *snd_strerror(int error) {
    return error == NO_DEVICE ? "No such device"
         : error == -2 ? "No such file or directory" : "Invalid argument";
}
