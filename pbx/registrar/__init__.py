"""Where phones are: the location table and the registrar that fills it."""
