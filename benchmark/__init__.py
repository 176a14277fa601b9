"""One benchmark, applied to every step and to any other server: `python -m benchmark`."""
