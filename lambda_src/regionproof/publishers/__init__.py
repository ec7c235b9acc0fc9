"""Publishers, one destination per file. Pure ``build_…`` functions make the messages, a thin ``publish`` sends them."""
