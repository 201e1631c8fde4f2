"""The second back-end: statement lists as LLVM vector code, eight points at a time."""
