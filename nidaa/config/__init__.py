"""The files in `configs/`: what the telephone system is, checked whole and swapped whole."""
