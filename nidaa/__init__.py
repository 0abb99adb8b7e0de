"""What all processes of Nidaa share: settings, logging, contracts, the command line."""

__version__ = "0.1.0"
