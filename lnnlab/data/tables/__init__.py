"""Tables as people have them: any common file of columns becomes one :class:`Table`."""

from lnnlab.data.tables.reading import SUFFIXES, read_table
from lnnlab.data.tables.table import Table

__all__ = ["SUFFIXES", "Table", "read_table"]
