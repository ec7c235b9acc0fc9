"""The commands that README and the program name, run or parsed by a real AWS CLI."""
