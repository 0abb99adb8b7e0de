"""The command line: `nidaa serve`, `nidaa check`, `nidaa try-call` and the rest."""
