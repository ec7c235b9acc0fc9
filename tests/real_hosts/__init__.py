"""The program under the host names of AWS, through a TLS proxy on this machine."""
