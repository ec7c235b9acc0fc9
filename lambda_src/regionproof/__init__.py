"""RegionProof: finds the accounts of an AWS Organization whose session tokens fail in opt-in Regions."""

__version__ = "0.2.0"
