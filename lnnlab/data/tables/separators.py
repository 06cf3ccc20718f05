"""What stands between the cells of a line, and the cells."""

import csv

BLANKS = " "
SEPARATORS = (",", ";", "\t", "|", BLANKS)


def split(line: str, separator: str) -> list[str]:
    """The cells of a line, blanks around them taken off."""
    if separator == BLANKS:
        if '"' not in line:
            return line.split()
        line = " ".join(line.split())
    elif '"' not in line:
        return [cell.strip() for cell in line.split(separator)]
    try:
        row = next(csv.reader([line], delimiter=separator, skipinitialspace=True), [])
    except csv.Error:
        row = line.split(separator)
    return [cell.strip() for cell in row]
