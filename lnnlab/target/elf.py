"""What a linked program holds: sections, symbols, and its bytes in flash and RAM."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from elftools.elf.elffile import ELFFile

from lnnlab.target.cores import Core

_ALLOCATED, _NO_BITS = 2, "SHT_NOBITS"


@dataclass(frozen=True)
class Symbol:
    """A function or an object: address (bit 0 of Thumb functions taken off) and bytes."""

    address: int
    size: int
    function: bool


@dataclass(frozen=True)
class Section:
    """An allocated section; ``content`` is None where it is only reserved."""

    address: int
    size: int
    content: bytes | None


@dataclass(frozen=True)
class Program:
    """A linked program for one core.

    Attributes:
        elf: the file.
        core: what it runs on.
        compile_line: the command that made it.
    """

    elf: Path
    core: Core
    compile_line: str

    @cached_property
    def sections(self) -> dict[str, Section]:
        """Allocated sections by name."""
        with self.elf.open("rb") as stream:
            return {
                each.name: Section(
                    each["sh_addr"], each["sh_size"],
                    None if each["sh_type"] == _NO_BITS else each.data(),
                )
                for each in ELFFile(stream).iter_sections()
                if each["sh_flags"] & _ALLOCATED and each["sh_size"]
            }

    @cached_property
    def symbols(self) -> dict[str, Symbol]:
        """Functions and objects by name."""
        with self.elf.open("rb") as stream:
            table = ELFFile(stream).get_section_by_name(".symtab")
            return {
                each.name: _symbol(each)
                for each in table.iter_symbols()
                if each["st_info"]["type"] in ("STT_FUNC", "STT_OBJECT")
            }

    def function_at(self, address: int) -> str:
        """The function that holds an address; ``"?"`` where none does."""
        for name, symbol in self._functions:
            if symbol.address <= address < symbol.address + max(symbol.size, 2):
                return name
        return "?"

    @property
    def code_bytes(self) -> int:
        """Instructions and their literal pools."""
        return self._size(".text")

    @property
    def rodata_bytes(self) -> int:
        """Constants in flash: tables and model data."""
        return self._size(".rodata")

    @property
    def flash_bytes(self) -> int:
        """Code, constants and the initial values of variables."""
        return self.code_bytes + self.rodata_bytes + self._size(".data")

    @property
    def ram_bytes(self) -> int:
        """Static variables; the stack is measured when it runs."""
        return self._size(".data") + self._size(".bss")

    @cached_property
    def _functions(self) -> list[tuple[str, Symbol]]:
        return [(name, each) for name, each in self.symbols.items() if each.function]

    def _size(self, name: str) -> int:
        return self.sections[name].size if name in self.sections else 0


def _symbol(each) -> Symbol:
    function = each["st_info"]["type"] == "STT_FUNC"
    address = each["st_value"]
    return Symbol(address & ~1 if function else address, each["st_size"], function)
