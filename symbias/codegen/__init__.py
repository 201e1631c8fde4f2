"""From SymPy expressions to cached, accurate kernels."""
