"""The target lab: boards, compiler, emulator, cycles and energy."""
