"""Who may do what: policies, and the words in which AWS denies."""
