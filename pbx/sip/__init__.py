"""The sans-IO SIP core: no sockets, clocks or randomness in here."""
