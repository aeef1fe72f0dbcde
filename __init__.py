"""m365timeline: Microsoft 365 and Exchange audit exports in, one timeline out, offline."""

__version__ = "0.1.0"
