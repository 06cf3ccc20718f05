"""Grids of runs over many processes and machines: the records and tables of running one by one.

A grid is a TOML file; each of its points is one run of a notebook, or one
:class:`~lnnlab.experiments.run.Run`. A point is made in a folder of its own by a child process and
comes back as one zip, so that whatever dies in between leaves nothing half written; at the end all
zips are laid into the profile's records and tables in the order of the grid. SWEEPS.md, beside this
file, is for those who run one.

Nothing is imported here, so that workers, which need little of it, stay small.
"""
