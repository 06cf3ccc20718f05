"""A person's own sound files: read whatever they are, and their folders understood."""
