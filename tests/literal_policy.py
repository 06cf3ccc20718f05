"""FORMAT.md section 6 word for word in plain integers, hop by hop: what the twin is held to.

It reads a policy from the bytes of its ``PLCY`` record and knows nothing of lnnlab.integer.gate.
"""

import struct

import numpy as np

from lnnlab.integer import mel
from lnnlab.integer.arithmetic import sat16, sigmoid, softmax_shares, tanh_of_half
from lnnlab.integer.layers import LinearLTC, Mix

LOG = [round(1024 * np.log2(1 + i / 32)) for i in range(33)]


def clamp(x, low, high):
    return max(low, min(high, x))


def log2(v):
    n = v.bit_length() - 1
    mu = v << (31 - n)
    i, r = (mu >> 26) & 31, (mu >> 16) & 1023
    return 1024 * n + LOG[i] + (((LOG[i + 1] - LOG[i]) * r + 512) >> 10)


def pw(k, timestep):
    r = k
    for bit in bin(timestep)[3:]:
        r = (r * r + 2**14) >> 15
        if bit == "1":
            r = (r * k + 2**14) >> 15
    return r


class Policy:
    """The fields of a record, and the gate's state."""

    def __init__(self, record):
        n = struct.unpack("<HH5HHHHhh4hHHhH40h8h8h", record)
        self.kind, self.look_back, self.steps = n[0], n[1], n[2:7]
        self.hangover, self.rise, self.fall, self.open, self.close = n[7:12]
        self.t, self.decay, self.hidden, self.bias, self.enough = n[12:16], *n[16:20]
        self.w = [n[20 + 5 * j : 25 + 5 * j] for j in range(8)]
        self.b, self.v = n[60:68], n[68:76]
        self.hold, self.u, self.floors, self.before, self.q = 0, -32768, None, None, None
        self.posterior, self.seen, self.rest, self.sated = 0, None, 3, 0

    def wanted(self, x, q):
        """After a hop with new samples x (sample, channel) and features q."""
        if self.kind == 0:
            return self.steps[0]
        s = self.inputs(x) if self.kind in (1, 4) else [self.difference(q)]
        if self.kind == 4:
            h = [min(32767, max(0, ((sum(w * v for w, v in zip(self.w[j], s, strict=True)) + 128)
                                    >> 8) + self.b[j])) for j in range(self.hidden)]
            z = clamp(((sum(self.v[j] * h[j] for j in range(self.hidden)) + 128) >> 8) + self.bias,
                      -32768, 32767)
            self.u = max(z, self.u - self.decay, -32768)
            return self.steps[sum(self.u < t for t in self.t)]
        if self.hold > 0 and self.enough > 0 and self.posterior >= self.enough:
            self.sated, self.hold = 1, 0
        if s[0] < self.close:
            self.sated = 0
        if self.sated == 0 and (s[0] >= self.open or (self.hold > 0 and s[0] >= self.close)):
            self.hold = self.hangover + 1
        elif self.hold > 0:
            self.hold -= 1
        if self.hold > 0:
            self.rest = 0
        return self.steps[0] if self.hold > 0 else self.steps[1 + min(self.rest, 3)]

    def inputs(self, x):
        x = x.astype(int).tolist()
        loud = sum(v * v for row in x for v in row)
        change = sum(((now - then) >> 1) ** 2 for later, earlier in zip(x[2:], x, strict=False)
                     for now, then in zip(later, earlier, strict=True))
        a, d = log2((loud >> 8) | 1), log2((change >> 8) | 1)
        new = []
        for number, value in enumerate((16 * a, 16 * d)):
            floor = self.floors[number] if self.floors else value
            if value < floor:
                floor -= (floor - value) >> self.fall
            elif self.floors:
                floor = min(floor + self.rise, value)
            new.append(floor)
        self.floors = new
        rise = a - (a if self.before is None else self.before)
        self.before = a
        s = [a - (new[0] >> 4), d - (new[1] >> 4), rise, d - a, self.posterior >> 5]
        return [clamp(v, -8191, 8191) for v in s] if self.kind == 4 else s

    def difference(self, q):
        then = self.q if self.kind == 2 else self.seen
        self.q = q
        if then is None:
            return 0
        change = [int(now) - int(old) for now, old in zip(q, then, strict=True)]
        return sum(max(0, c) if self.kind == 2 else abs(c) for c in change)


class Network:
    """Features and layers, one computed frame at a time."""

    def __init__(self, model, samples):
        self.model, self.samples = model, samples
        self.values, self.energy = model.features.stream_bands(samples)
        self.level = {"sleeping": None, "every": None}
        self.states = [None] * len(model.layers)

    def features(self, hop, timestep, name):
        values, level = self.values[hop], self.level[name]
        if self.energy is not None:
            spec, high = self.model.features.spec, self.energy[hop]
            k = spec.mel.smoothing_shift
            if level is None:
                level = high << k
            elif timestep == 1:
                level = level + high - (level >> k)
            else:
                r = pw(32768 - (32768 >> k), timestep)
                level = (high << k) + (((level - (high << k)) * r + 2**14) >> 15)
            self.level[name] = level
            values = mel.normalised(values, level >> k, self.model.features.floor, spec,
                                    self.model.features.curve)
        return self.model.features.affine(values.ravel())

    def take(self, x, timestep):
        for number, layer in enumerate(self.model.layers[:-2]):
            state = self.states[number]
            if isinstance(layer, LinearLTC):
                z = sat16(layer.matrix(x))
                g = z[1::2]
                goal = np.minimum(32767, abs(g)) if layer.absolute else tanh_of_half(g)
                h = np.zeros_like(goal) if state is None else state
                a = np.array([32768 - pw(32768 - int(a), timestep) for a in sigmoid(z[0::2])])
                h = self.states[number] = h + ((a * (goal - h) + 2**14) >> 15)
                x = layer.seen([h], x).output
            elif isinstance(layer, Mix):
                taps = len(layer.weight)
                past = [np.zeros_like(x)] * taps if state is None else state
                past = self.states[number] = (past + [x] * min(timestep, taps))[-taps:]
                x = layer.filtered(np.stack(past, axis=-1))
            else:
                x = layer.run(x).output
        self.pool(x, timestep)

    def pool(self, y, timestep):
        pool = self.model.layers[-2]
        rate = min(32767, 32768 - pw(32768 - pool.rate, timestep))
        a = int(sigmoid(sat16(pool.gate(y)))[0])
        p, d = (np.zeros_like(y), 0) if self.states[-2] is None else self.states[-2]
        p = p + ((rate * (((a * y + 64) >> 7) - p) + 2**14) >> 15)
        self.states[-2] = p, d + ((rate * (a - d) + 2**14) >> 15)

    def probabilities(self):
        p, d = self.states[-2]
        logits = self.model.layers[-1].run(self.model.layers[-2].pooled(np.append(p, d))).output
        x = softmax_shares(logits)
        return [min(32767, (int(each) << 15) // int(x.sum())) for each in x]


def run(model, samples, record, config):
    """(decisions, frames, wanted): of each decision (hop, Δt, label, confidence, detected, s)."""
    policy, network, spec = Policy(record), Network(model, samples), model.features.spec
    keywords = len(model.classes) - model.layers[-1].background
    s, armed, left, elapsed = [0] * len(model.classes), True, 0, 0
    decisions, frames, wishes, b = [], [], [], config.smoothing_shift
    for t in range(1 + (len(samples) - spec.frame) // spec.hop):
        end = t * spec.hop + spec.frame
        q = network.features(t, 1, "every") if policy.kind in (2, 3) else None
        wanted = policy.wanted(samples[end - spec.hop : end], q)
        wishes.append(wanted)
        elapsed += 1
        if t and elapsed < wanted:
            continue
        m = min(policy.look_back, elapsed - 1) // wanted if t else 0
        steps = [elapsed - m * wanted] + [wanted] * m
        for number, timestep in enumerate(steps):
            hop = t - (m - number) * wanted
            network.take(network.features(hop, timestep, "sleeping") if q is None else q, timestep)
            frames.append((hop, timestep))
        policy.seen = q
        if policy.hold == 0:
            policy.rest = policy.rest + 1
        rho = 32768 - pw(32768 - (32768 >> b), elapsed)
        for c, p in enumerate(network.probabilities()):
            s[c] += ((p - s[c] + ((1 << b) >> 1)) >> b if elapsed == 1
                     else (rho * (p - s[c]) + 2**14) >> 15)
        policy.posterior = max(s[:keywords])
        label = s.index(max(s))
        reached = label < keywords and s[label] >= config.threshold_q15
        left -= min(left, elapsed - 1)
        detected = reached and armed and left == 0
        left = max(left - 1, 0)
        if detected:
            armed, left = False, config.refractory
        elif not reached:
            armed = True
        decisions.append((t, elapsed, label, s[label], detected, *s))
        elapsed = 0
    return decisions, frames, wishes
