"""``lnnlab flash``: a model as firmware on a board, for ``lnnlab hil``."""

import argparse
import shlex

from lnnlab import lnn_file
from lnnlab.target.programmers import flash_command, known, programmer, run_programmer
from lnnlab.target.wire import UNCONFIRMED, wire_firmware, wired_board


def flash_board(options: argparse.Namespace) -> None:
    """Build the firmware, print the command that writes it, and run that.

    A dry run needs no programmer: where none is there, it prints the command of each.

    Raises:
        UserError: no firmware for the board, the model or the baud rate does not fit, no
            programmer is there, or it failed.
    """
    wired = wired_board(options.device)
    tools = known(options.programmer) if options.dry_run else [programmer(options.programmer)]
    lnn_file.read(options.model)  # refuses a damaged file by name
    blob = options.model.read_bytes()
    program = wire_firmware(blob, wired, options.baud)
    commands = [flash_command(tool, program, wired) for tool in tools]
    print(f"{wired.board.title}: {program.flash_bytes:,} B of flash, {program.ram_bytes:,} B of "
          f"RAM, {options.baud} baud. {UNCONFIRMED}")
    print(f"Line: {wired.wire}. Pin for a meter: {wired.pin}, high while it computes.")
    for command in commands:
        print(shlex.join(command), flush=True)
    if options.dry_run:
        return
    run_programmer(commands[0])
    print(f"Written. Now: lnnlab hil CORPUS --device {options.device} --model "
          f"{shlex.quote(str(options.model))} --url PORT")
