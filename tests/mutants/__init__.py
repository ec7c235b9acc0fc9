"""What `make mutants` adds to Poodle, the mutation tester: one more kind of mutation, and a shorter report."""
