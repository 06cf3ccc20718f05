"""Noise suppression: words over noises, networks that give gains of bands, rivals, figures."""
